//! The page of rules: each test that it names exists.

use std::path::Path;

#[test]
fn every_test_that_the_page_of_rules_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/trust.md")).unwrap();
    let named: Vec<(&str, &str)> = page.split('`').skip(1).step_by(2).filter_map(|s| s.split_once(".rs::")).collect();
    assert!(named.len() > 60, "{}", named.len());
    for (file, test) in named {
        let file = if file.starts_with("src/") { format!("{file}.rs") } else { format!("tests/{file}.rs") };
        let text = std::fs::read_to_string(root.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(text.contains(&format!("fn {test}(")), "{file}: no test {test}");
    }
}
