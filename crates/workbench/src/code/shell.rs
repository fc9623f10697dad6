//! Requests for a shell.
//!
//! All that is not fixed stands in single quotes, in which a shell finds nothing of its own.

use jsonc_parser::ast::Value;

use super::{Request, literal};
use crate::command::Service;
use crate::connection;
use crate::error::Error;
use crate::model::{self, Kind};

/// Commands whose pages the AWS CLI goes through by itself, unless it is told not to.
const PAGED: [&str; 9] = [
    "BatchGetItem",
    "ListBackups",
    "ListContributorInsights",
    "ListExports",
    "ListImports",
    "ListTables",
    "ListTagsOfResource",
    "Query",
    "Scan",
];

pub(super) fn aws(request: &Request<'_>) -> String {
    let service = match request.command.service() {
        Service::Tables => "dynamodb",
        Service::Streams => "dynamodbstreams",
    };
    let mut lines = vec![format!("aws {service} {}", request.command.kebab_name())];
    lines.push(format!("--region {}", quoted(&request.place.region)));
    if let Some(endpoint) = &request.place.endpoint {
        lines.push(format!("--endpoint-url {}", quoted(endpoint)));
    }
    if PAGED.contains(&request.command.name()) {
        lines.push("--no-paginate".to_owned());
    }
    let has_bytes = has_bytes(request.body, model::input(request.command));
    if has_bytes {
        lines.push("--cli-binary-format base64".to_owned());
    }
    if request.members().next().is_some() {
        lines.push(format!("--cli-input-json {}", quoted(&literal::json_of_members(request))));
    }
    let text = lines.join(" \\\n  ") + "\n";
    // Version 1 would take base64 for the bytes themselves. It does not know the option, and says so.
    if has_bytes {
        format!("# Version 2 of the AWS CLI: the request has bytes in it\n{text}")
    } else {
        text
    }
}

pub(super) fn curl(request: &Request<'_>) -> Result<String, Error> {
    let place = request.place;
    let url = connection::url_of(place.endpoint.as_deref(), &place.region, request.command)?;
    let lines = [
        format!("curl --fail-with-body --silent --show-error {}", quoted(&url)),
        format!("--aws-sigv4 {}", quoted(&format!("aws:amz:{}:dynamodb", place.region))),
        "--user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"".to_owned(),
        // Without a token, curl leaves out a header without a value.
        "--header \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\"".to_owned(),
        "--header 'Content-Type: application/x-amz-json-1.0'".to_owned(),
        format!("--header 'X-Amz-Target: {}'", request.command.target()),
        format!("--data-binary {}", quoted(&literal::json(request))),
    ];
    Ok(lines.join(" \\\n  ") + "\n")
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn has_bytes(value: &Value<'_>, shape: Option<&str>) -> bool {
    let Some(shape) = shape.and_then(model::shape) else { return false };
    match (shape.kind, value) {
        (Kind::Blob, _) => true,
        (Kind::Structure, Value::Object(object)) => object.properties.iter().any(|member| {
            let shape = shape.members.get(member.name.as_str());
            has_bytes(&member.value, shape.map(|member| member.shape.as_str()))
        }),
        (Kind::Map, Value::Object(object)) => {
            let shape = shape.value.as_deref();
            object.properties.iter().any(|member| has_bytes(&member.value, shape))
        }
        (Kind::List, Value::Array(array)) => {
            array.elements.iter().any(|element| has_bytes(element, shape.member.as_deref()))
        }
        _ => false,
    }
}
