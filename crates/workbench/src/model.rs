//! The service's interface: which commands there are, and the shapes of what they take and give.
//!
//! `model/service.json` is written by `scripts/service_model.py`. It is parsed once, when it is first needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::command::Command;

const SERVICE: &str = include_str!("../model/service.json");

/// The shape of a value that an item or an expression has.
pub(crate) const ATTRIBUTE_VALUE: &str = "AttributeValue";

#[derive(Deserialize)]
struct Model {
    commands: Vec<Interface>,
    shapes: HashMap<String, Shape>,
}

/// What a command takes and gives.
#[derive(Deserialize)]
struct Interface {
    name: String,
    #[serde(default)]
    input: Option<String>,
    #[serde(default)]
    output: Option<String>,
}

/// What a value must be like.
#[derive(Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// Of a structure.
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Member>,
    /// Of a structure: the members that must be there.
    #[serde(default)]
    pub(crate) required: Vec<String>,
    /// Of a list: the shape of its elements.
    #[serde(default)]
    pub(crate) member: Option<String>,
    /// Of a map: the shape of its values.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Of a string: all that it may be.
    #[serde(default, rename = "enum")]
    pub(crate) options: Vec<String>,
    /// The least length, or the least number.
    #[serde(default)]
    pub(crate) min: Option<i64>,
    /// The greatest length, or the greatest number.
    #[serde(default)]
    pub(crate) max: Option<i64>,
}

/// A member of a structure.
#[derive(Deserialize)]
pub(crate) struct Member {
    pub(crate) shape: String,
}

/// The kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Blob,
    Boolean,
    Integer,
    Long,
    Double,
    Timestamp,
}

static MODEL: LazyLock<Model> =
    LazyLock::new(|| serde_json::from_str(SERVICE).expect("the model is as the script writes it"));

/// The name of the shape of what a command takes.
pub(crate) fn input(command: Command) -> Option<&'static str> {
    interface(command)?.input.as_deref()
}

/// The name of the shape of what a command gives.
pub(crate) fn output(command: Command) -> Option<&'static str> {
    interface(command)?.output.as_deref()
}

fn interface(command: Command) -> Option<&'static Interface> {
    MODEL.commands.iter().find(|interface| interface.name == command.name())
}

/// A shape by its name.
pub(crate) fn shape(name: &str) -> Option<&'static Shape> {
    MODEL.shapes.get(name)
}

/// The interface as JSON, for completion and hints elsewhere: `commands`, each with whether it `writes`; `shapes`; and the
/// words that are `reserved` in expressions.
#[must_use]
pub fn model_json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        let mut model: Value =
            serde_json::from_str(SERVICE).expect("the model is as the script writes it");
        let commands = model.get_mut("commands").and_then(Value::as_array_mut);
        for interface in commands.into_iter().flatten() {
            let name = interface.get("name").and_then(Value::as_str).unwrap_or_default();
            let writes = name.parse::<Command>().is_ok_and(Command::writes);
            if let Some(interface) = interface.as_object_mut() {
                interface.insert("writes".to_owned(), writes.into());
            }
        }
        if let Some(model) = model.as_object_mut() {
            model.insert("reserved".to_owned(), json!(expression::RESERVED_WORDS.as_slice()));
        }
        model.to_string()
    });
    &JSON
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_those_of_the_model() {
        let known: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
        for interface in &MODEL.commands {
            assert!(known.contains(&interface.name.as_str()), "{}", interface.name);
        }
        assert_eq!(known.len(), MODEL.commands.len());
    }

    #[test]
    fn every_shape_that_is_named_is_there() {
        for (name, shape) in &MODEL.shapes {
            let members = shape.members.values().map(|member| &member.shape);
            for part in members.chain(&shape.member).chain(&shape.value) {
                assert!(super::shape(part).is_some(), "{part} of {name}");
            }
        }
        let inputs = MODEL.commands.iter().filter_map(|interface| interface.input.as_deref());
        assert!(inputs.into_iter().all(|name| shape(name).is_some()));
    }

    #[test]
    fn the_model_for_elsewhere_says_what_writes_and_which_words_are_reserved() {
        let model: Value = serde_json::from_str(model_json()).unwrap();
        let put = model["commands"].as_array().unwrap().iter().find(|one| one["name"] == "PutItem");
        assert_eq!(put.unwrap()["writes"], true);
        assert_eq!(model["reserved"].as_array().unwrap().len(), 573);
    }
}
