//! Global tables, of which there are two versions: that of 2017.11.29, whose tables are made in each Region and then
//! joined, and that of 2019.11.21, in which a table is given replicas with `UpdateTable`.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;

use super::{Asked, Offer, command};
use crate::edit;
use crate::finding::{Fix, FixStep, Problem, Severity, Span};

/// The Regions of a global table of version 2017.11.29; `None` where there is no such table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group(pub(crate) Option<Vec<String>>);

impl Group {
    /// Reads the reply to `DescribeGlobalTable`.
    pub(crate) fn read(reply: &[u8]) -> Option<Self> {
        let reply: serde_json::Value = serde_json::from_slice(reply).ok()?;
        let replicas = reply.get("GlobalTableDescription")?.get("ReplicationGroup")?.as_array()?;
        let region =
            |replica: &serde_json::Value| Some(replica.get("RegionName")?.as_str()?.to_owned());
        Some(Self(Some(replicas.iter().filter_map(region).collect())))
    }
}

pub(super) fn offer(asked: &Asked<'_>, offer: &mut Offer) {
    match asked.command.name() {
        "CreateGlobalTable" => create(asked, offer),
        "DescribeGlobalTable" | "DescribeGlobalTableSettings" => describe(asked, offer),
        "UpdateGlobalTable" => update(asked, offer),
        "UpdateGlobalTableSettings" => settings(asked, offer),
        "UpdateTableReplicaAutoScaling" => auto_scaling(asked, offer),
        _ => {}
    }
}

fn create(asked: &Asked<'_>, offer: &mut Offer) {
    if asked.refusal.is_none() {
        return;
    }
    let Some((name, object)) = asked.string("GlobalTableName").zip(asked.object()) else { return };
    let replicas =
        object.get_array("ReplicationGroup").map(|array| &array.elements).into_iter().flatten();
    let regions: Vec<&str> = replicas
        .filter_map(|replica| Some(&*replica.as_object()?.get_string("RegionName")?.value))
        .collect();
    offer.problems.push(Problem {
        severity: Severity::Info,
        code: "GlobalTableVersion",
        message: format!(
            "This is version 2017.11.29: each of {} must have an empty table {name} with the same key and a stream of \
             NEW_AND_OLD_IMAGES before they are joined",
            regions.join(", ")
        ),
        position: None,
        path: Some("ReplicationGroup".to_owned()),
    });
    let stream = asked.tables.get(name).and_then(|table| table.stream.as_deref());
    let is_here = regions.contains(&asked.region) && asked.tables.contains_key(name);
    if is_here && stream != Some("NEW_AND_OLD_IMAGES") {
        let text = format!(
            "{{\n  \"TableName\": {},\n  \"StreamSpecification\": {{ \"StreamEnabled\": true, \"StreamViewType\": \"NEW_AND_OLD_IMAGES\" }}\n}}",
            edit::string(name)
        );
        offer.fixes.push(Fix {
            id: "stream".to_owned(),
            title: format!("Turn the stream of {name} on, then join"),
            explanation: "Version 2017.11.29 needs a stream of both images in every Region."
                .to_owned(),
            is_recommended: false,
            steps: asked.after(vec![FixStep { command: command("UpdateTable"), text }]),
        });
    }
    let others: Vec<String> = regions
        .iter()
        .filter(|region| **region != asked.region)
        .map(|region| format!("{{ \"Create\": {{ \"RegionName\": {} }} }}", edit::string(region)))
        .collect();
    if asked.tables.contains_key(name) && !others.is_empty() {
        let text = format!(
            "{{\n  \"TableName\": {},\n  \"ReplicaUpdates\": [ {} ]\n}}",
            edit::string(name),
            others.join(", ")
        );
        offer.fixes.push(Fix {
            id: "add-replica".to_owned(),
            title: format!("Add replicas to {name} (version 2019.11.21)"),
            explanation:
                "UpdateTable makes the replicas itself, and copies the items that are there."
                    .to_owned(),
            is_recommended: true,
            steps: vec![FixStep { command: command("UpdateTable"), text }],
        });
    }
}

/// Whether it is known that there is no global table of version 2017.11.29 by the name.
fn is_absent(asked: &Asked<'_>) -> bool {
    asked.found.group == Some(Group(None))
        || asked.refusal.is_some_and(|refusal| refusal.exception == "GlobalTableNotFoundException")
}

fn describe(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(name) = asked.string("GlobalTableName").filter(|_| is_absent(asked)) else { return };
    explain_absent(name, offer);
    if asked.tables.contains_key(name) {
        offer.fixes.push(Fix {
            id: "describe-table".to_owned(),
            title: format!("Describe the table {name} instead"),
            explanation: "Replicas of version 2019.11.21, and their settings, are part of the table's own description."
                .to_owned(),
            is_recommended: true,
            steps: vec![FixStep {
                command: command("DescribeTable"),
                text: format!("{{\n  \"TableName\": {}\n}}", edit::string(name)),
            }],
        });
    }
}

fn explain_absent(name: &str, offer: &mut Offer) {
    offer.problems.push(Problem {
        severity: Severity::Warning,
        code: "GlobalTableVersion",
        message: format!(
            "There is no global table {name} of version 2017.11.29, which this command is about. One of version \
             2019.11.21 is a table with replicas: DescribeTable and UpdateTable are about those"
        ),
        position: None,
        path: Some("GlobalTableName".to_owned()),
    });
}

/// An element that joins one Region and leaves another.
fn update(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(updates) = asked.object().and_then(|object| object.get_array("ReplicaUpdates")) else {
        return;
    };
    let known = asked.found.group.as_ref().and_then(|group| group.0.as_ref());
    if is_absent(asked) {
        explain_absent(asked.string("GlobalTableName").unwrap_or_default(), offer);
    }
    let mut parts = Vec::new();
    let mut is_split = false;
    let mut already = Vec::new();
    for element in &updates.elements {
        let Some(element) = element.as_object() else { return };
        is_split |= element.properties.len() > 1;
        for member in &element.properties {
            let region =
                member.value.as_object().and_then(|action| action.get_string("RegionName"));
            let region = region.map_or("", |region| &*region.value);
            let is_in = known.map(|regions| regions.iter().any(|one| one == region));
            match (member.name.as_str(), is_in) {
                ("Create", Some(true)) => already.push(format!("{region} is a replica already")),
                ("Delete", Some(false)) => already.push(format!("{region} is no replica")),
                (name, _) => parts.push(format!(
                    "{{ {}: {{ \"RegionName\": {} }} }}",
                    edit::string(name),
                    edit::string(region)
                )),
            }
        }
    }
    let range = (updates.range.start, updates.range.end);
    if !already.is_empty() {
        offer.problems.push(Problem {
            severity: Severity::Error,
            code: "ReplicaState",
            message: already.join("; "),
            position: Some(Span::of(asked.text, range.0, range.1)),
            path: Some("ReplicaUpdates".to_owned()),
        });
    }
    if parts.is_empty() || (!is_split && already.is_empty()) {
        return;
    }
    let space = updates
        .elements
        .first()
        .map_or(String::new(), |first| edit::space_before(asked.text, first.start()));
    let parts: Vec<String> = parts.into_iter().map(|part| format!("{space}{part}")).collect();
    let end = edit::space_before(asked.text, updates.range.end - 1);
    let list = format!("[{}{end}]", parts.join(","));
    offer.fixes.push(Fix {
        id: "split-replicas".to_owned(),
        title: if already.is_empty() {
            "Split the element into two".to_owned()
        } else {
            format!("Split the element, and leave out what is so already ({})", already.join("; "))
        },
        explanation: "One element of ReplicaUpdates holds one action: Create or Delete.".to_owned(),
        is_recommended: true,
        steps: asked.step(vec![edit::replace(&Value::Array(updates.clone()), list)]),
    });
}

fn settings(asked: &Asked<'_>, offer: &mut Offer) {
    let Some((name, object)) = asked.string("GlobalTableName").zip(asked.object()) else { return };
    let provisions = asked.string("GlobalTableBillingMode") == Some("PROVISIONED");
    if is_absent(asked) {
        explain_absent(name, offer);
        if asked.tables.contains_key(name) {
            let billing = if provisions {
                "\"BillingMode\": \"PROVISIONED\",\n  \"ProvisionedThroughput\": { \"ReadCapacityUnits\": 5, \"WriteCapacityUnits\": 5 }"
            } else {
                "\"BillingMode\": \"PAY_PER_REQUEST\""
            };
            offer.fixes.push(Fix {
                id: "update-table".to_owned(),
                title: format!("Change the billing of the table {name} instead"),
                explanation: "Settings of a table that is no legacy global table are changed with UpdateTable.".to_owned(),
                is_recommended: true,
                steps: vec![FixStep {
                    command: command("UpdateTable"),
                    text: format!("{{\n  \"TableName\": {},\n  {billing}\n}}", edit::string(name)),
                }],
            });
        }
    } else if provisions
        && asked.was_refused("ValidationException", "ProvisionedThroughput must be specified")
    {
        add_write_units(asked, object, offer);
    }
}

fn add_write_units(asked: &Asked<'_>, object: &Object<'_>, offer: &mut Offer) {
    let member = "GlobalTableProvisionedWriteCapacityUnits";
    if object.get(member).is_some() {
        return;
    }
    offer.fixes.push(Fix {
        id: "write-units".to_owned(),
        title: "Say how many write units are provisioned: 5".to_owned(),
        explanation:
            "A global table that was on demand has no provisioned throughput to go back to."
                .to_owned(),
        is_recommended: true,
        steps: asked.step(vec![edit::add_member(asked.text, object, member, "5")]),
    });
}

/// Auto scaling that is turned on without saying how.
fn auto_scaling(asked: &Asked<'_>, offer: &mut Offer) {
    if !asked
        .was_refused("ValidationException", "are required unless auto scaling is being disabled")
    {
        return;
    }
    let member = "ProvisionedWriteCapacityAutoScalingUpdate";
    let Some(update) = asked.object().and_then(|object| object.get(member)) else { return };
    let json = "{ \"MinimumUnits\": 5, \"MaximumUnits\": 100, \"ScalingPolicyUpdate\": { \
                \"TargetTrackingScalingPolicyConfiguration\": { \"TargetValue\": 70 } } }";
    offer.fixes.push(Fix {
        id: "scaling-bounds".to_owned(),
        title: "Scale between 5 and 100 units, at 70 % of use".to_owned(),
        explanation: "Auto scaling that is on has bounds and a target.".to_owned(),
        is_recommended: true,
        steps: asked.step(vec![edit::replace(&update.value, json)]),
    });
}
