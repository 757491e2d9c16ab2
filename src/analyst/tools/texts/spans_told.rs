//! Tests of what is told of spans: each sentence says of a span what that span shows.

use crate::analyst::casebook::Finding;
use crate::analyst::pasted::pasted;
use crate::analyst::tools::texts::traces::TOOL;
use crate::analyst::{Casebook, Knowledge};

const HEAD: &str = "trace,span,parent,service,operation,kind,start,duration_us,status\n";

/// A row of an export: `at` in seconds of one hour.
fn span(trace: usize, id: &str, parent: &str, of: &str, at: usize, micros: u64, status: &str) -> String {
    let (service, rest) = of.split_once(' ').unwrap();
    let (kind, operation) = rest.split_once(' ').unwrap();
    let start = format!("2026-03-01T10:{:02}:{:02}.000000Z", at / 60, at % 60);
    format!(
        "t{trace},{trace}{id},{}{parent},{service},{operation},{kind},{start},{micros},{status}\n",
        if parent.is_empty() { String::new() } else { trace.to_string() }
    )
}

fn found(rows: &str) -> Vec<Finding> {
    let evidence = pasted(&format!("{HEAD}{rows}"));
    let mut book = Casebook::default();
    (TOOL.run)(&evidence, &mut book, Knowledge::embedded());
    book.findings
}

/// Requests to `shop`, of each its own time and that of its call to `stock`, in microseconds.
fn requests(each: &[(u64, u64)]) -> String {
    let one = |(i, (own, below)): (usize, &(u64, u64))| {
        let at = 20 * i;
        span(i, "a", "", "shop server GET /cart", at, own + below, "OK")
            + &span(i, "b", "a", "shop client call-stock", at, *below, "OK")
            + &span(i, "c", "b", "stock server GET /stock", at, *below, "OK")
    };
    each.iter().enumerate().map(one).collect()
}

#[test]
fn a_request_stood_in_a_service_where_that_was_most_of_its_time() {
    let mut each = vec![(90_000, 100_000); 6];
    each.extend([(3_000_000, 100_000); 6]);
    let found = found(&requests(&each));
    let told = &found.iter().find(|f| f.subject == "shop").unwrap().claim.text;
    let says = "One request stood 3.1 s in shop, most of it with nothing called meanwhile; a quick one took 190.0 ms.";
    assert_eq!(told, says);
}

#[test]
fn a_time_that_was_mostly_a_call_s_is_not_told_as_without_one() {
    let mut each = vec![(100_000, 9_000_000); 6];
    each.extend([(1_000_000, 9_000_000); 6]);
    let found = found(&requests(&each));
    let told: Vec<&str> = found.iter().filter(|f| f.subject == "shop").map(|f| f.claim.text.as_str()).collect();
    assert_eq!(told, ["Requests stand far longer in shop than quick ones do, with nothing called meanwhile."]);
}

#[test]
fn a_service_is_acquitted_of_nothing_that_is_not_traced() {
    let failing = |below: bool| -> String {
        let one = |i: usize| {
            let failed = if i < 14 { "OK" } else { "ERROR" };
            let own = span(i, "a", "", "orders server POST /order", 20 * i, 20_000, failed);
            own + &if below {
                span(i, "b", "a", "orders client call-stock", 20 * i, 9_000, "OK")
            } else {
                String::new()
            }
        };
        let other: String = (0..9).map(|i| span(50 + i, "x", "", "web client GET /", 20 * i, 9_000, "OK")).collect();
        (0..20).map(one).collect::<String>() + &other
    };
    let told = |below| found(&failing(below)).iter().map(|f| f.claim.text.clone()).collect::<Vec<_>>();
    assert_eq!(told(true), ["Requests fail in orders, and no call below them is shown to fail."]);
    assert_eq!(told(false), ["Requests fail in orders; no call of it is traced."]);
}

/// Spans without a side, each with its service, operation, start and length.
fn unsided(all: &[(&str, &str, usize, u64)]) -> String {
    let one = |(i, (service, operation, at, micros)): (usize, &(&str, &str, usize, u64))| {
        span(i, "a", "", &format!("{service} internal {operation}"), *at, *micros, "OK")
    };
    all.iter().enumerate().map(one).collect()
}

#[test]
fn a_lookup_is_told_of_the_span_that_was_one() {
    let found = found(&unsided(&[("mail", "GET /x", 0, 300_000), ("mail", "dns.lookup", 300, 5_000_000)]));
    let lookup = found.iter().find(|f| f.playbook == "dns_failure.resolution").unwrap();
    assert_eq!(lookup.mechanism, "a lookup of a name took 5.00 s in it");
    assert!(lookup.claim.citations[0].quote.contains("dns.lookup"), "{:?}", lookup.claim.citations);
    assert_eq!(lookup.at.unwrap().to_string(), "2026-03-01T10:05:00Z");
}

#[test]
fn the_first_slow_span_is_told_as_idle_only_where_most_of_it_was() {
    let mut rows = span(0, "a", "", "mail internal GET /x", 0, 2_000_000, "OK");
    rows += &span(0, "b", "a", "render internal page", 0, 1_700_000, "OK");
    rows += &span(1, "a", "", "mail internal GET /x", 60, 4_000_000, "OK");
    let found = found(&rows);
    let told = &found.iter().find(|f| f.subject == "mail").unwrap().claim;
    assert_eq!(told.text, "One request stood 4.00 s in mail, most of it with nothing called meanwhile.");
    assert!(told.citations[0].quote.contains("4000000"));
}
