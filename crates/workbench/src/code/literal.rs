//! Requests as literals of Python and of JavaScript: JSON, but for bytes and times.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonc_parser::ast::Value;

use super::Request;
use super::layout::{Piece, Style};
use crate::attribute::quote;
use crate::command::Service;
use crate::model::{self, Kind};

/// What differs between languages.
struct Dialect {
    yes: &'static str,
    no: &'static str,
    nothing: &'static str,
    list: Style,
    object: Style,
    /// Whether a member that is nothing is written.
    has_nothing: bool,
    string: fn(&str) -> String,
    name: fn(&str) -> String,
    /// Bytes from base64, and seconds since 1970; `None` where they are taken as JSON has them.
    bytes: fn(&str) -> Option<String>,
    time: fn(&str) -> Option<String>,
}

const PLAIN: Style = Style { margin: "", end: "," };

const PYTHON: Dialect = Dialect {
    yes: "True",
    no: "False",
    nothing: "None",
    list: PLAIN,
    object: PLAIN,
    has_nothing: false,
    string: python_string,
    name: python_string,
    bytes: python_bytes,
    time: |_| None,
};

const JAVASCRIPT: Dialect = Dialect {
    yes: "true",
    no: "false",
    nothing: "null",
    list: PLAIN,
    object: Style { margin: " ", end: "," },
    has_nothing: false,
    string: json_string,
    name: javascript_name,
    bytes: |base64| Some(format!("Buffer.from({}, \"base64\")", json_string(base64))),
    time: |seconds| Some(format!("new Date({})", milliseconds(seconds))),
};

/// What the service itself takes.
const JSON: Dialect = Dialect {
    yes: "true",
    no: "false",
    nothing: "null",
    list: Style { margin: "", end: "" },
    object: Style { margin: "", end: "" },
    has_nothing: true,
    string: json_string,
    name: json_string,
    bytes: |_| None,
    time: |_| None,
};

/// The body as JSON, laid out for reading.
pub(super) fn json(request: &Request<'_>) -> String {
    literal(&JSON, request.body, None).lay_out(2)
}

/// The same without members that are nothing: tools that know the members of a request do not take those.
pub(super) fn json_of_members(request: &Request<'_>) -> String {
    literal(&Dialect { has_nothing: false, ..JSON }, request.body, None).lay_out(2)
}

pub(super) fn python(request: &Request<'_>) -> String {
    let service = match request.command.service() {
        Service::Tables => "dynamodb",
        Service::Streams => "dynamodbstreams",
    };
    let region = python_string(&request.place.region);
    let mut client =
        vec![Piece::text(format!("\"{service}\"")), Piece::text(format!("region_name={region}"))];
    if let Some(endpoint) = &request.place.endpoint {
        client.push(Piece::text(format!("endpoint_url={}", python_string(endpoint))));
    }
    let client = Piece::list(format!("{service} = boto3.client("), client, ")");
    let shape = model::input(request.command).and_then(model::shape);
    let arguments = request.members().map(|(name, value)| {
        let shape = shape.and_then(|shape| Some(shape.members.get(name)?.shape.as_str()));
        let value = literal(&PYTHON, value, shape);
        if is_identifier(name) {
            return Piece::Row(vec![Piece::text(format!("{name}=")), value]);
        }
        Piece::Row(vec![
            Piece::text(format!("**{{{}: ", python_string(name))),
            value,
            Piece::text("}"),
        ])
    });
    let method = request.command.kebab_name().replace('-', "_");
    let call = Piece::list(format!("response = {service}.{method}("), arguments.collect(), ")");
    format!("import boto3\n\n{}\n{}\nprint(response)\n", client.lay_out(4), call.lay_out(4))
}

pub(super) fn javascript(request: &Request<'_>) -> String {
    let (package, client) = match request.command.service() {
        Service::Tables => ("@aws-sdk/client-dynamodb", "DynamoDBClient"),
        Service::Streams => ("@aws-sdk/client-dynamodb-streams", "DynamoDBStreamsClient"),
    };
    let command = format!("{}Command", request.command.name());
    let mut options = vec![Piece::text(format!("region: {}", json_string(&request.place.region)))];
    if let Some(endpoint) = &request.place.endpoint {
        options.push(Piece::text(format!("endpoint: {}", json_string(endpoint))));
    }
    let open = "{".to_owned();
    let options = Piece::List { open, parts: options, close: "}", style: JAVASCRIPT.object };
    let made = Piece::list(format!("const client = new {client}("), vec![options], ");");
    let input = literal(&JAVASCRIPT, request.body, model::input(request.command));
    let new = Piece::list(format!("new {command}("), vec![input], ")");
    let sent = Piece::Row(vec![
        Piece::text("const response = await client.send("),
        new,
        Piece::text(");"),
    ]);
    format!(
        "// In a module (.mjs), after: npm install {package}\n\
         import {{ {client}, {command} }} from \"{package}\";\n\n{}\n{}\nconsole.dir(response, {{ depth: null }});\n",
        made.lay_out(2),
        sent.lay_out(2),
    )
}

fn literal(dialect: &Dialect, value: &Value<'_>, shape: Option<&str>) -> Piece {
    let known = shape.and_then(model::shape);
    let kind = known.map(|shape| shape.kind);
    match value {
        Value::NullKeyword(_) => Piece::text(dialect.nothing),
        Value::BooleanLit(literal) => {
            Piece::text(if literal.value { dialect.yes } else { dialect.no })
        }
        Value::NumberLit(literal) => {
            let time = (dialect.time)(literal.value).filter(|_| kind == Some(Kind::Timestamp));
            Piece::text(time.unwrap_or_else(|| literal.value.to_owned()))
        }
        Value::StringLit(literal) => {
            let bytes = Some(&*literal.value).filter(|_| kind == Some(Kind::Blob));
            let bytes = bytes.and_then(dialect.bytes);
            Piece::text(bytes.unwrap_or_else(|| (dialect.string)(&literal.value)))
        }
        Value::Array(array) => {
            let shape = known.and_then(|shape| shape.member.as_deref());
            let parts = array.elements.iter().map(|element| literal(dialect, element, shape));
            let (open, parts) = ("[".to_owned(), parts.collect());
            Piece::List { open, parts, close: "]", style: dialect.list }
        }
        Value::Object(object) => {
            let given = object.properties.iter();
            let given = given.filter(|member| {
                dialect.has_nothing || !matches!(member.value, Value::NullKeyword(_))
            });
            let parts = given.map(|member| {
                let name = member.name.as_str();
                let shape = known.and_then(|shape| {
                    let member = shape.members.get(name).map(|member| &member.shape);
                    member.or(shape.value.as_ref()).map(String::as_str)
                });
                let written = Piece::text(format!("{}: ", (dialect.name)(name)));
                Piece::Row(vec![written, literal(dialect, &member.value, shape)])
            });
            let (open, parts) = ("{".to_owned(), parts.collect());
            Piece::List { open, parts, close: "}", style: dialect.object }
        }
    }
}

fn json_string(text: &str) -> String {
    let mut quoted = String::new();
    quote(&mut quoted, text);
    quoted
}

/// A string of Python. JSON's form would do, but for the characters beyond the first 65,536, which Python reads from an
/// escape as two; they stand for themselves.
fn python_string(text: &str) -> String {
    json_string(text).replace('\u{7f}', "\\x7f")
}

fn python_bytes(base64: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    Some(format!("b\"{}\"", bytes.escape_ascii().to_string().replace("\\'", "'")))
}

fn javascript_name(name: &str) -> String {
    // As a bare name or as a string it would be the object's prototype.
    if name == "__proto__" {
        return "[\"__proto__\"]".to_owned();
    }
    if is_identifier(name) { name.to_owned() } else { json_string(name) }
}

/// Whether the name is one in both languages, and no word of Python's own.
fn is_identifier(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let is_word = matches!(
        name,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    );
    begins && name.chars().all(is_letter) && !is_word
}

/// Milliseconds of seconds, digit by digit: a `Date` has no finer ones.
fn milliseconds(seconds: &str) -> String {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let is_whole = is_number(whole.strip_prefix('-').unwrap_or(whole)) && is_number(fraction);
    if !is_whole {
        // 1.6e9 is left to JavaScript.
        return format!("{seconds} * 1000");
    }
    format!("{whole}{digits}")
}
