//! An image that can't be pulled beside the images that the other workloads run: whose registry, name or tag is
//! another is told, and what the reference would be if it were as theirs. Whether that one exists nobody has seen.

use crate::domain::Span;
use crate::intake::kube::{Cluster, Pod, Said};

use super::kube_names::{difference, is_slip};
use super::kube_view::{in_trouble, owner, workloads};

/// The parts of a reference.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Parts<'a> {
    /// Registry and path, without the name.
    place: &'a str,
    name: &'a str,
    tag: &'a str,
}

/// `registry:5000/path/name:tag`; `None` without a path or a tag, or with a digest.
fn parts(image: &str) -> Option<Parts<'_>> {
    let (place, rest) = image.rsplit_once('/')?;
    let (name, tag) = rest.split_once(':')?;
    (!rest.contains('@') && !name.is_empty() && !tag.is_empty()).then_some(Parts { place, name, tag })
}

/// Others that agree are needed before one that differs is told: two may be two by chance.
const AGREE: usize = 3;

/// In what an image differs from those of the other workloads.
#[derive(Debug, Clone, PartialEq)]
pub struct Odd {
    /// In words, to stand behind the mechanism.
    pub told: String,
    /// The reference as it would be.
    pub right: String,
    /// Where two of the others stand.
    pub at: Vec<Span>,
}

/// In what the image differs from what the other workloads run without trouble.
pub fn odd(cluster: &Cluster, workload: &str, image: &str) -> Option<Odd> {
    let own = parts(image)?;
    let others = others(cluster, workload);
    let known: Vec<(Parts<'_>, Span)> = others.iter().filter_map(|i| Some((parts(&i.text)?, i.at))).collect();
    // the name that the workload bears itself, or its container, where this one is almost that
    if is_slip(own.name, workload) && known.iter().all(|(k, _)| k.name != own.name) {
        let off = difference(own.name, workload).map(|d| format!(": {d}")).unwrap_or_default();
        let told = format!("; the image is called {}, and the workload {workload}{off}", own.name);
        let tag = usual(&known, |k| (k.place == own.place).then_some(k.tag)).map_or(own.tag, |(tag, _)| tag);
        return Some(Odd { told, right: format!("{}/{workload}:{tag}", own.place), at: Vec::new() });
    }
    if let Some((tag, at)) = usual(&known, |k| (k.place == own.place).then_some(k.tag)) {
        if tag == own.tag {
            return None;
        }
        let look = if sounds_alike(tag, own.tag) { " (a letter stands there for a figure)" } else { "" };
        let told = format!("; the other workloads' images from there have the tag {tag}{look}");
        return Some(Odd { told, right: format!("{}/{}:{tag}", own.place, own.name), at });
    }
    let (place, at) = usual(&known, |k| Some(k.place))?;
    let one = others.iter().find(|i| parts(&i.text).is_some_and(|p| p.place == place))?;
    let told = format!("; the other workloads' images come from elsewhere ({})", one.text);
    let right = format!("{place}/{}:{}", own.name, own.tag);
    (place != own.place).then_some(Odd { told, right, at })
}

/// The images that other workloads run, one for each.
fn others<'c>(cluster: &'c Cluster, workload: &str) -> Vec<&'c Said> {
    let mut found: Vec<(String, &Said)> = Vec::new();
    let well = |p: &&Pod| !in_trouble(p);
    let of_pods = cluster.pods.iter().filter(well).flat_map(|p| p.spec.containers.iter().map(move |c| (owner(p), c)));
    let of_workloads = workloads(cluster)
        .filter(|w| cluster.pods_of(&w.name).all(|p| !in_trouble(p)))
        .flat_map(|w| w.spec.containers.iter().map(move |c| (w.name.clone(), c)));
    for (name, container) in of_workloads.chain(of_pods).filter(|(_, c)| !c.init) {
        if let Some(image) = &container.image
            && name != workload
            && !found.iter().any(|(n, _)| *n == name)
        {
            found.push((name, image));
        }
    }
    found.into_iter().map(|(_, image)| image).collect()
}

/// What most of the others have in common, with two places, where enough agree and no more than one in four differs.
fn usual<'k>(known: &[(Parts<'k>, Span)], of: impl Fn(&Parts<'k>) -> Option<&'k str>) -> Option<(&'k str, Vec<Span>)> {
    let all: Vec<(&str, Span)> = known.iter().filter_map(|(k, at)| Some((of(k)?, *at))).collect();
    let count = |v: &str| all.iter().filter(|(other, _)| *other == v).count();
    let (best, _) = all.iter().max_by_key(|(v, _)| count(v))?;
    let agree = count(best);
    let at = all.iter().filter(|(v, _)| v == best).map(|(_, at)| *at).take(2).collect();
    (agree >= AGREE && agree * 4 >= all.len() * 3).then_some((*best, at))
}

/// Two tags that sound and look alike: the letter O for a zero, l or I for a one.
fn sounds_alike(a: &str, b: &str) -> bool {
    let plain = |t: &str| t.replace(['O', 'o'], "0").replace(['l', 'I'], "1");
    a != b && plain(a) == plain(b)
}

/// What a pull failed with, without the reference that each layer says again: its beginning and its end.
pub fn pull_told(message: &str) -> String {
    let Some((head, rest)) = message.split_once("\": ") else { return message.to_owned() };
    let Some(image) = head.rsplit_once('"').map(|(_, image)| image).filter(|i| !i.is_empty()) else {
        return message.to_owned();
    };
    let Some(last) = rest.rfind(image) else { return message.to_owned() };
    let tail = rest.get(last + image.len()..).unwrap_or("").trim_start_matches(['"', ':', ' ']);
    if tail.is_empty() { message.to_owned() } else { format!("{head}\": … {tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::report_of as report;

    #[test]
    fn a_reference_has_a_place_a_name_and_a_tag() {
        let of = parts("reg.example:5000/shop/cart:v2").unwrap();
        assert_eq!((of.place, of.name, of.tag), ("reg.example:5000/shop", "cart", "v2"));
        assert!(parts("cart:v2").is_none() && parts("shop/cart").is_none() && parts("shop/cart@sha256:ab").is_none());
    }

    #[test]
    fn a_pull_is_told_by_its_beginning_and_its_end() {
        let message = "Failed to pull image \"r.io/shop/cart:v9\": failed to pull and unpack image \"r.io/shop/cart:v9\": \
            failed to resolve reference \"r.io/shop/cart:v9\": r.io/shop/cart:v9: not found";
        assert_eq!(pull_told(message), "Failed to pull image \"r.io/shop/cart:v9\": … not found");
        assert_eq!(pull_told("Back-off pulling image \"a/b:c\""), "Back-off pulling image \"a/b:c\"");
        assert!(sounds_alike("v0.1O.3", "v0.10.3") && !sounds_alike("v1", "v2"));
    }

    fn statement(image: &str) -> String {
        let others: String = ["stock", "price", "mail"]
            .iter()
            .map(|n| {
                format!(
                    "\n$ kubectl get deploy {n} -n shop -o yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {n}\nspec:\n  template:\n    spec:\n      containers:\n      - name: server\n        image: r.io/shop/{n}:v2.1\n"
                )
            })
            .collect();
        let text = format!(
            "$ kubectl get pods -n shop
NAME                    READY   STATUS             RESTARTS   AGE
cart-79b49f5555-hk924   0/1     ImagePullBackOff   0          5m
stock-79b49f5555-hk925  1/1     Running            0          5m
price-79b49f5555-hk926  1/1     Running            0          5m
mail-79b49f5555-hk927   1/1     Running            0          5m

$ kubectl get events -n shop
LAST SEEN   TYPE      REASON   OBJECT                      MESSAGE
12s         Warning   Failed   pod/cart-79b49f5555-hk924   Failed to pull image \"{image}\": rpc error: code = NotFound desc = {image}: not found
{others}"
        );
        let report = report(&text);
        let step = report.mitigation.first().and_then(|m| m.command.clone()).unwrap_or_default();
        format!("{} | {step}", report.hypotheses.first().map(|h| h.statement.clone()).unwrap_or_default())
    }

    #[test]
    fn an_image_is_held_against_those_of_the_other_workloads() {
        let tag = statement("r.io/shop/cart:v2.l");
        assert!(tag.contains("; the other workloads' images from there have the tag v2.1 (a letter stands"), "{tag}");
        assert!(tag.contains("=r.io/shop/cart:v2.1 -n shop"), "{tag}");
        let name = statement("r.io/shop/carrt:v2.1");
        assert!(name.contains("; the image is called carrt, and the workload cart: one “r” is too many"), "{name}");
        assert!(name.contains("=r.io/shop/cart:v2.1 -n shop"), "{name}");
        let place = statement("r.oi/shop/cart:v2.1");
        assert!(place.contains("; the other workloads' images come from elsewhere (r.io/shop/"), "{place}");
    }
}
