use hotwash::domain::*;
fn main() {
    let p = std::env::args().nth(1).unwrap();
    let mode = std::env::args().nth(2).unwrap_or_default();
    let raw = std::fs::read(&p).unwrap();
    let t = std::time::Instant::now();
    let a = hotwash::intake::admit(&raw, &mut hotwash::intake::clean::unmasked);
    let t1 = t.elapsed();
    let s = Source { id: SourceId(0), name: p, origin: Origin::Pipe, text: a.text.into() };
    let t = std::time::Instant::now();
    let r = hotwash::intake::read(&s);
    let t2 = t.elapsed();
    eprintln!(
        "admit {t1:?} read {t2:?} lines {} sections {} templates {}",
        r.lines.len(),
        r.sections.len(),
        r.templates.len()
    );
    if mode == "s" {
        for x in &r.sections {
            let l = &r.lines[x.lines.start];
            println!(
                "{:?} {}..{} [{}] first: {}",
                x.kind,
                x.lines.start + 1,
                x.lines.end,
                x.title.as_deref().unwrap_or("-").chars().take(70).collect::<String>(),
                s.text[l.range()].chars().take(90).collect::<String>()
            );
        }
    }
    if mode == "l" {
        for l in &r.lines {
            println!(
                "{:5} {:28} {:6} {:24} t{:<4} d{:<4} | {}",
                l.no,
                l.stamp.map(|x| x.to_string()).unwrap_or_default(),
                l.level.map(|x| x.name()).unwrap_or(""),
                l.service.as_deref().unwrap_or(""),
                l.template.unwrap_or(0),
                l.duplicate_of.unwrap_or(0),
                s.text.get(l.message..l.end).unwrap_or("??").chars().take(110).collect::<String>()
            );
        }
    }
    for n in &r.notices {
        println!("{:?} x{} {}", n.kind, n.count, n.what);
    }
    if mode == "t" {
        for (i, t) in r.templates.iter().enumerate() {
            println!("{} {}", i + 1, t);
        }
    }
}
