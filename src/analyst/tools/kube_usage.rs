//! What `kubectl top` shows: a node whose CPU is used up, and who uses it. A pod that takes most of a
//! full node is why the others on it are slow. A figure below that says nothing.

use crate::analyst::casebook::Bearing;
use crate::analyst::scope::Scope;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span, SubjectKind};
use crate::intake::kube::quantity::cores;
use crate::intake::kube::{Cluster, workload_of};

use super::kube_notes::{Draft, Notes};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "usage",
    question: "Is the CPU of a node used up, and who uses it?",
    applies: |evidence, _| evidence.sources.iter().any(|s| s.text.contains("kubectl top ")),
    arguments: |_, book| serde_json::json!({ "nodes": book.cluster.nodes.len() }),
    run,
};

/// From this share of a node's CPU on, in percent, it is used up.
const USED_UP: f64 = 90.0;
/// From this share of the node's use on, one pod is the reason.
const MOST: f64 = 0.5;

struct Row {
    name: String,
    cpu: f64,
    percent: Option<f64>,
    memory: Option<f64>,
    text: String,
    at: Span,
}

/// The rows of `kubectl top nodes` and of `kubectl top pods`.
fn rows(evidence: &Evidence, scope: &Scope) -> (Vec<Row>, Vec<Row>) {
    let (mut nodes, mut pods) = (Vec::new(), Vec::new());
    let (mut columns, mut of): (Vec<String>, String) = (Vec::new(), String::new());
    for (block, line, text) in scope.lines(evidence, |b| b.title.contains("kubectl top ")) {
        if of != block.title {
            columns.clear();
            of.clone_from(&block.title);
        }
        let cells: Vec<&str> = text.split_whitespace().collect();
        if cells.contains(&"NAME") {
            columns = cells.iter().map(|c| (*c).to_owned()).collect();
            continue;
        }
        let cell = |name: &str| columns.iter().position(|c| c == name).and_then(|i| cells.get(i)).copied();
        let (Some(name), Some(cpu)) = (cell("NAME"), cell("CPU(cores)").and_then(cores)) else { continue };
        let share = |name: &str| cell(name).and_then(|p| p.trim_end_matches('%').parse::<f64>().ok());
        let (percent, memory) = (share("CPU%"), share("MEMORY%"));
        let at = Span::new(block.source, line.start..line.start + text.trim_end().len());
        let said = cell("CPU(cores)").unwrap_or_default().to_owned();
        let row = Row { name: name.to_owned(), cpu, percent, memory, text: said, at };
        if of.contains("top node") { nodes.push(row) } else { pods.push(row) }
    }
    (nodes, pods)
}

fn on(cluster: &Cluster, pod: &str, node: &str) -> bool {
    cluster.pods.iter().find(|p| p.name == pod).and_then(|p| p.node.as_ref()).is_none_or(|n| n.text == node)
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let mut notes = Notes::new(evidence, TOOL.name);
    let (nodes, mut pods) = rows(evidence, &scope);
    pods.sort_by(|a, b| b.cpu.total_cmp(&a.cpu));
    for node in nodes.iter().filter(|n| n.percent.is_some_and(|p| p >= USED_UP)) {
        let percent = node.percent.unwrap_or_default();
        notes.alarm(format!("the CPU of {} is at {percent}%", node.name), &[node.at]);
        let most = pods.iter().find(|p| on(&book.cluster, &p.name, &node.name)).filter(|p| p.cpu >= MOST * node.cpu);
        // a node without memory spends its CPU on looking for some
        let weight = if node.memory.is_some_and(|m| m >= USED_UP) { 1.5 } else { 4.3 };
        if let Some(pod) = most {
            let subject = workload_of(&pod.name);
            let text = format!("{} uses {} CPU of {}, which is at {percent}%", pod.name, pod.text, node.name);
            let mechanism = format!("its pod uses {} CPU, and the node {} is at {percent}% CPU", pod.text, node.name);
            notes.find(Draft::stated(subject, "cpu_saturation.busy", weight, text, &[pod.at, node.at], mechanism));
        } else {
            let text = format!("the CPU of {} is at {percent}%", node.name);
            let mechanism = format!("its CPU is at {percent}%");
            let (subject, kind, playbook) = (node.name.as_str(), SubjectKind::Node, "cpu_saturation.node");
            let bearing = Bearing::Stated;
            notes.find(Draft { subject, kind, playbook, bearing, weight, text, at: &[node.at], mechanism });
        }
    }
    notes.close(book, None)
}
