//! Verdict on a query plan: every condition bounds the index, nothing is sorted, and few keys and
//! documents are examined that are not returned.

use mongodb::bson::{Bson, Document};
use store::Declaration;

use crate::document::number;

/// Returns `ok` or the first fault of the plan.
pub(super) fn verdict(
    declaration: &Declaration,
    command: &Document,
    explained: &Document,
) -> String {
    let mut faults = Vec::new();
    for plan in plans(explained) {
        faults.extend(
            Judged {
                declaration,
                command,
                plan,
            }
            .fault(),
        );
    }
    if nested(explained).any(|document| document.contains_key("$sort")) && !sorts_groups(command) {
        faults.push("a sort step".to_owned());
    }
    faults.into_iter().next().unwrap_or_else(|| "ok".to_owned())
}

/// Returns whether the plan is that of a collection that does not exist.
pub(super) fn nothing_there(explained: &Document) -> bool {
    let plans = plans(explained);
    plans.is_empty()
        || plans.iter().any(|plan| {
            stages(plan).any(|stage| stage.get_str("stage").is_ok_and(|it| it == "EOF"))
        })
}

/// Removes the parts of a plan that differ between runs.
pub(super) fn without_noise(mut explained: Document) -> Document {
    for noise in [
        "serverInfo",
        "serverParameters",
        "command",
        "$clusterTime",
        "operationTime",
        "ok",
    ] {
        explained.remove(noise);
    }
    explained
}

/// Returns every part of an explanation that has its own plan.
fn plans(explained: &Document) -> Vec<&Document> {
    nested(explained)
        .filter(|document| document.contains_key("queryPlanner"))
        .collect()
}

/// Returns whether a command sorts the groups of a `$group` stage. No index has the order of their
/// sizes.
fn sorts_groups(command: &Document) -> bool {
    let Ok(pipeline) = command.get_array("pipeline") else {
        return false;
    };
    let first = |name: &str| {
        pipeline
            .iter()
            .position(|stage| stage.as_document().is_some_and(|it| it.contains_key(name)))
    };
    matches!((first("$group"), first("$sort")), (Some(group), Some(sort)) if group < sort)
}

/// Returns a document and all documents nested in it, except rejected plans and the command.
fn nested(document: &Document) -> Box<dyn Iterator<Item = &Document> + '_> {
    let fields = document
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "rejectedPlans" | "command"));
    Box::new(std::iter::once(document).chain(fields.flat_map(|(_, value)| within(value))))
}

fn within(value: &Bson) -> Box<dyn Iterator<Item = &Document> + '_> {
    match value {
        Bson::Document(document) => nested(document),
        Bson::Array(items) => Box::new(items.iter().flat_map(within)),
        _ => Box::new(std::iter::empty()),
    }
}

fn stages(plan: &Document) -> impl Iterator<Item = &Document> {
    let winning = plan
        .get_document("queryPlanner")
        .and_then(|planner| planner.get_document("winningPlan"));
    winning
        .into_iter()
        .flat_map(nested)
        .filter(|document| document.contains_key("stage"))
}

struct Judged<'a> {
    declaration: &'a Declaration,
    command: &'a Document,
    plan: &'a Document,
}

impl Judged<'_> {
    fn fault(&self) -> Option<String> {
        let stage = |wanted: &[&str]| {
            stages(self.plan).find(|stage| wanted.contains(&stage.get_str("stage").unwrap_or("")))
        };
        if stage(&["COLLSCAN"]).is_some() {
            return Some("COLLSCAN".to_owned());
        }
        let scan = stage(&["IXSCAN", "DISTINCT_SCAN"]);
        if stage(&["FETCH"]).is_some() && scan.is_some_and(|scan| self.covers(scan)) {
            return Some("a fetch of what the index holds".to_owned());
        }
        if stage(&["SORT"]).is_some() && !sorts_groups(self.command) {
            return Some("a sort step".to_owned());
        }
        scan.and_then(|scan| self.unbounded(scan))
            .or_else(|| self.wasteful())
    }

    /// Returns whether the index contains every projected field.
    fn covers(&self, scan: &Document) -> bool {
        let shown = self.command.get_document("projection");
        let key = scan.get_document("keyPattern");
        let (Ok(shown), Ok(key)) = (shown, key) else {
            return false;
        };
        shown
            .iter()
            .all(|(field, shown)| number(Some(shown)) == 0 || key.contains_key(field))
            && shown.contains_key("_id")
    }

    /// Returns a fault if a condition of the filter does not bound the index.
    fn unbounded(&self, scan: &Document) -> Option<String> {
        let index = scan.get_str("indexName").unwrap_or_default();
        let write = self.command.contains_key("update") || self.command.contains_key("delete");
        let parsed = self
            .plan
            .get_document("queryPlanner")
            .and_then(|planner| planner.get_document("parsedQuery"));
        let terms = parsed.into_iter().flat_map(terms).collect::<Vec<_>>();
        let allowed = |(field, condition): &(&str, &Bson)| {
            // Conditions on the one document that the filter selects by id: preconditions of a
            // write, or the tenant.
            let of_one = index == "_id_" && (write || *field == "tenant_id");
            let partial = scan.get_bool("isPartial").unwrap_or(false) && says(condition, "$exists");
            let uncounted = self.command.contains_key("aggregate") && says(condition, "$not");
            let gone = *field == "deleted_at"
                || (Some(*field) == self.declaration.expires && says(condition, "$not"));
            of_one || partial || uncounted || gone
        };
        let loose = terms
            .iter()
            .find(|term| !self.bounds(scan, term.0) && !allowed(term));
        loose.map(|(field, _)| format!("{field} does not bound the index {index}"))
    }

    fn bounds(&self, scan: &Document, field: &str) -> bool {
        if let (Ok(min), Ok(max)) = (
            self.command.get_document("min"),
            self.command.get_document("max"),
        ) {
            let same = min
                .iter()
                .take_while(|(key, value)| max.get(key) == Some(value))
                .count();
            return min.keys().take(same + 1).any(|key| key == field);
        }
        // After a field without bounds the scan visits every key, so later fields do not bound it.
        let bounded = |bounds: &Bson| {
            !bounds
                .as_array()
                .is_some_and(|bounds| bounds.iter().any(is_everything))
        };
        let bounds = scan.get_document("indexBounds").ok();
        bounds.is_some_and(|bounds| {
            bounds
                .iter()
                .take_while(|(_, it)| bounded(it))
                .any(|(key, _)| key == field)
        })
    }

    fn wasteful(&self) -> Option<String> {
        // A pipeline returns groups, not the documents that it counts.
        if self
            .command
            .get_array("pipeline")
            .is_ok_and(|stages| stages.iter().any(|stage| says(stage, "$group")))
        {
            return None;
        }
        let stats = self.plan.get_document("executionStats").ok()?;
        let of = |name| number(stats.get(name));
        // An id in `$in` costs a key even if its document does not exist.
        let asked = nested(self.command)
            .filter_map(|document| document.get_array("$in").ok())
            .map(Vec::len)
            .max();
        let answered = of("nReturned").max(
            asked
                .and_then(|asked| i64::try_from(asked).ok())
                .unwrap_or(0),
        );
        let keys = of("totalKeysExamined");
        let documents = of("totalDocsExamined");
        let wasteful = keys.max(documents) > 2 * answered + 10;
        wasteful.then(|| format!("{keys} keys and {documents} documents examined for {answered}"))
    }
}

/// Returns the fields of a parsed query with their conditions.
fn terms(query: &Document) -> Vec<(&str, &Bson)> {
    let mut found = Vec::new();
    for (key, value) in query {
        if !key.starts_with('$') {
            found.push((key.as_str(), value));
        } else if let Bson::Array(items) = value {
            found.extend(items.iter().filter_map(Bson::as_document).flat_map(terms));
        } else if let Bson::Document(document) = value {
            found.extend(terms(document));
        }
    }
    found
}

fn is_everything(bound: &Bson) -> bool {
    matches!(
        bound.as_str(),
        Some("[MinKey, MaxKey]" | "[MaxKey, MinKey]")
    )
}

fn says(condition: &Bson, operator: &str) -> bool {
    condition
        .as_document()
        .is_some_and(|condition| condition.contains_key(operator))
}
