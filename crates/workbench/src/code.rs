//! The same request in other languages: to run it in a shell, or to put it into a program.
//!
//! What is made sends exactly this body, once: no pages are gone through, nothing is looked up. Keys are
//! never in it. Each tool finds them as it always does, in the environment or in a profile. Values
//! that a language has a type of its own for (bytes, times, the builders of Rust) are made of the service
//! model.

mod layout;
mod literal;
mod rust;
mod shell;

use std::fmt;
use std::str::FromStr;

use jsonc_parser::ast::{Object, Value};
use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::error::Error;
use crate::json::{self, Leniency};

/// In what a request may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// The AWS CLI. Where there are bytes in the request, of version 2.
    AwsCli,
    /// curl, which signs by itself.
    Curl,
    /// Python, with boto3.
    Python,
    /// JavaScript for Node.js, with the AWS SDK of version 3.
    #[serde(rename = "javascript")]
    JavaScript,
    /// Rust, with the AWS SDK.
    Rust,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AwsCli, Self::Curl, Self::Python, Self::JavaScript, Self::Rust];

    /// The name on command lines: `aws-cli`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AwsCli => "aws-cli",
            Self::Curl => "curl",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Rust => "rust",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|language| language.name() == name);
        known.ok_or_else(|| Error::UnknownLanguage { name: name.to_owned() })
    }
}

/// Where the request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A URL; otherwise Amazon's of the Region.
    pub endpoint: Option<String>,
    /// The Region.
    pub region: String,
}

/// Why a request has no form in a language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// The body is no JSON object.
    #[error("its body is no object of JSON")]
    Body,
    /// The service model does not have the command.
    #[error("its members are not known")]
    Command,
    /// A member is not in the service model.
    #[error("it has no member {path}")]
    Member {
        /// The way to it.
        path: String,
    },
    /// A value is not as the service model wants it, so that a typed language does not take it.
    #[error("{path} is not as it should be")]
    Value {
        /// The way to it.
        path: String,
    },
}

/// The request as code. `body` is what would be sent.
///
/// # Errors
/// Where the body is no object, or the language cannot say it.
pub fn code(
    language: Language,
    place: &Place,
    command: Command,
    body: &[u8],
) -> Result<String, Error> {
    let no_code = |fault| Error::NoCode { language, fault };
    let text = std::str::from_utf8(body).map_err(|_| no_code(CodeFault::Body))?;
    let tree = json::parse(text, Leniency::Strict).ok().flatten();
    let Some(object @ Value::Object(_)) = &tree else { return Err(no_code(CodeFault::Body)) };
    let request = Request { place, command, body: object };
    match language {
        Language::AwsCli => Ok(shell::aws(&request)),
        Language::Curl => shell::curl(&request),
        Language::Python => Ok(literal::python(&request)),
        Language::JavaScript => Ok(literal::javascript(&request)),
        Language::Rust => rust::rust(&request).map_err(no_code),
    }
}

/// What is to be written.
struct Request<'a> {
    place: &'a Place,
    command: Command,
    body: &'a Value<'a>,
}

impl<'a> Request<'a> {
    fn members(&self) -> impl Iterator<Item = (&'a str, &'a Value<'a>)> {
        members(self.body.as_object())
    }
}

/// The members of an object that are there: `null` is as none.
fn members<'a>(object: Option<&'a Object<'a>>) -> impl Iterator<Item = (&'a str, &'a Value<'a>)> {
    let properties = object.map(|object| object.properties.as_slice()).unwrap_or_default();
    let properties = properties.iter().map(|member| (member.name.as_str(), &member.value));
    properties.filter(|(_, value)| !matches!(value, Value::NullKeyword(_)))
}
