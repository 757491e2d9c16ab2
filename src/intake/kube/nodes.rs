//! Descriptions of nodes: conditions, what they can give and what was asked of them.

use super::describe::values;
use super::lines::Row;
use super::model::{Amounts, Cluster, Condition, Said};
use super::tree::{Tree, label_pairs};

/// Adds what a node's description shows.
pub fn described(tree: &Tree, rows: &[Row<'_>], name: &Said, cluster: &mut Cluster) {
    let node = cluster.node_mut(&name.text, name.at);
    node.roles = tree.text(&["Roles"]).or(node.roles.take());
    let values_of = |key: &str| tree.get(key).map(values).unwrap_or_default();
    node.labels = values_of("Labels").into_iter().flat_map(|(text, at)| label_pairs(&text, at)).collect();
    node.taints = values_of("Taints").into_iter().map(|(text, at)| Said { text, at }).collect();
    node.unschedulable = tree.said(&["Unschedulable"]);
    node.allocatable =
        Amounts { cpu: tree.said(&["Allocatable", "cpu"]), memory: tree.said(&["Allocatable", "memory"]) };
    node.runtime = tree.said(&["System Info", "Container Runtime Version"]).or(node.runtime.take());
    node.conditions = conditions(rows);
    let asked = |resource: &str| {
        let below = tree.get("Allocated resources")?;
        let row = below.below.iter().find(|t| t.value.starts_with(resource))?;
        let text = row.value.split_whitespace().nth(1)?.to_owned();
        Some(Said { text, at: row.at })
    };
    node.requested = Amounts { cpu: asked("cpu "), memory: asked("memory ") };
    node.holds = held(rows);
}

/// The table of the pods on a node, by the columns of its heading: whose what it gave away is.
fn held(rows: &[Row<'_>]) -> Vec<(Said, Amounts)> {
    fn cells<'a>(row: &Row<'a>) -> Vec<&'a str> {
        row.text.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect()
    }
    let Some(at) = rows.iter().position(|r| r.text.starts_with("Non-terminated Pods:")) else { return Vec::new() };
    let heading = rows.get(at + 1).map(cells).unwrap_or_default();
    let column = |name: &str| heading.iter().position(|c| *c == name);
    let (Some(namespace), Some(name)) = (column("Namespace"), column("Name")) else { return Vec::new() };
    let below = rows.iter().skip(at + 2).take_while(|r| r.text.starts_with("  "));
    below
        .filter(|r| !r.text.trim_start().starts_with("--"))
        .filter_map(|row| {
            let all = cells(row);
            let text = format!("{}/{}", all.get(namespace)?, all.get(name)?);
            let amount = |heading: &str| {
                let cell = column(heading).and_then(|i| all.get(i)).and_then(|c| c.split_whitespace().next());
                cell.map(|text| Said { text: text.to_owned(), at: row.span() })
            };
            let asked = Amounts { cpu: amount("CPU Requests"), memory: amount("Memory Requests") };
            Some((Said { text, at: row.span() }, asked))
        })
        .collect()
}

/// The table below `Conditions:`, by the columns of its heading.
pub(super) fn conditions(rows: &[Row<'_>]) -> Vec<Condition> {
    let Some(at) = rows.iter().position(|r| r.text.starts_with("Conditions:")) else { return Vec::new() };
    let Some(heading) = rows.get(at + 1) else { return Vec::new() };
    let column = |name: &str| heading.text.find(name);
    let (Some(status), Some(reason), Some(message)) = (column("Status"), column("Reason"), column("Message")) else {
        return Vec::new();
    };
    let changed = column("LastTransitionTime");
    let below = rows.iter().skip(at + 2).take_while(|r| r.text.starts_with("  "));
    below
        .filter(|r| !r.text.trim_start().starts_with("--"))
        .filter_map(|row| {
            let cell = |from: usize| row.text.get(from..).map(|t| t.split("  ").next().unwrap_or("").trim());
            Some(Condition {
                kind: row.text.split_whitespace().next()?.to_owned(),
                status: cell(status)?.to_owned(),
                reason: cell(reason)?.to_owned(),
                message: row.text.get(message..)?.trim().to_owned(),
                since: changed.and_then(cell).and_then(super::dated::stamp),
                at: row.span(),
            })
        })
        .collect()
}
