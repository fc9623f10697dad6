//! Reading a request's parameters: each has a type that carries its rule, and all faults of a
//! request are gathered before it is refused.
//!
//! Three kinds of fault come in this order, whatever the order of the parameters: a JSON type
//! that does not fit (the first alone), constraints of the service model (all of them in one
//! message), and whatever else an operation finds (the first alone). A parameter with a fault
//! reads as a placeholder, which nothing uses: the request is refused first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Constraint, Error, Rule, TypeError};
use crate::json::{Json, Object};

/// The most faults that one message lists.
const FAULTS_MAX: usize = 10;
/// The most characters of a faulty value that a message repeats.
const ECHO_CHARACTERS_MAX: usize = 2048;

/// What is wrong with a request, as far as it has been read.
#[derive(Debug)]
pub struct Faults<E> {
    wrong_type: Option<TypeError>,
    constraints: Vec<Constraint>,
    refusal: Option<E>,
}

impl<E: From<Error>> Faults<E> {
    /// None so far.
    #[must_use]
    pub fn none() -> Self {
        Self { wrong_type: None, constraints: Vec::new(), refusal: None }
    }

    /// Notes a fault of the third kind, unless there is one already.
    pub fn refuse(&mut self, error: impl Into<E>) {
        if self.refusal.is_none() {
            self.refusal = Some(error.into());
        }
    }

    /// Notes a fault of the first kind, unless there is one already.
    pub fn wrong_type(&mut self, error: TypeError) {
        self.wrong_type.get_or_insert(error);
    }

    /// Notes a broken constraint.
    pub fn constraint(&mut self, value: Option<&Json<'_>>, path: &Path<'_>, rule: Rule) {
        if self.constraints.len() < FAULTS_MAX {
            let value = value.map(echo);
            self.constraints.push(Constraint { value, path: short(path.to_string()), rule });
        }
    }

    /// Whether nothing has been found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wrong_type.is_none() && self.constraints.is_empty() && self.refusal.is_none()
    }

    /// The fault to answer.
    ///
    /// # Errors
    /// Where there is one.
    pub fn into_result(self) -> Result<(), E> {
        if let Some(error) = self.wrong_type {
            return Err(Error::Type(error).into());
        }
        if !self.constraints.is_empty() {
            return Err(Error::Constraints(self.constraints).into());
        }
        self.refusal.map_or(Ok(()), Err)
    }
}

/// Where a member stands in a request.
#[derive(Debug, Clone, Copy)]
pub enum Path<'a> {
    /// The request itself.
    Root,
    /// A member of a structure.
    Member(&'a Path<'a>, &'a str),
    /// An element of a list, counted from 1, or an entry of a map.
    Element(&'a Path<'a>, &'a str),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                if !matches!(parent, Path::Root) {
                    write!(f, "{parent}.")?;
                }
                let mut rest = name.chars();
                let first = rest.next().map(|first| first.to_ascii_lowercase());
                write!(f, "{}{}", first.map(String::from).unwrap_or_default(), rest.as_str())
            }
            Self::Element(parent, name) => write!(f, "{parent}.{name}.member"),
        }
    }
}

/// The members of a request, or of a structure in one, and the faults found in them.
pub struct Parameters<'a, E> {
    object: &'a Object<'a>,
    path: Path<'a>,
    faults: &'a mut Faults<E>,
}

/// A kind of parameter.
pub trait Parameter<E>: Sized {
    /// Reads the member; where it has a fault, notes it and gives any value.
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self;

    /// Any value, for a member that is required and missing.
    fn placeholder() -> Self;
}

impl<'a, E: From<Error>> Parameters<'a, E> {
    /// The members of `object`, which stands at `path`.
    pub fn new(object: &'a Object<'a>, path: Path<'a>, faults: &'a mut Faults<E>) -> Self {
        Self { object, path, faults }
    }

    /// A member that must be there.
    pub fn required<T: Parameter<E>>(&mut self, name: &str) -> T {
        if let Some(value) = self.optional(name) {
            return value;
        }
        self.faults.constraint(None, &Path::Member(&self.path, name), Rule::NotNull);
        T::placeholder()
    }

    /// A member that may be absent.
    pub fn optional<T: Parameter<E>>(&mut self, name: &str) -> Option<T> {
        let json = self.object.get(name)?;
        Some(T::read(json, &Path::Member(&self.path, name), self.faults))
    }

    /// A structure that may be absent, read with a function from its members.
    pub fn nested<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Parameters<'_, E>) -> T,
    ) -> Option<T> {
        let json = self.object.get(name)?;
        Some(structure(json, &Path::Member(&self.path, name), self.faults, read))
    }

    /// Whether the member is there, whatever its value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some()
    }

    /// The members as they were sent.
    #[must_use]
    pub fn object(&self) -> &'a Object<'a> {
        self.object
    }

    /// Notes a fault of the third kind.
    pub fn refuse(&mut self, error: impl Into<E>) {
        self.faults.refuse(error);
    }

    /// What a step found that may have failed; `None` notes its fault.
    pub fn check<T, F: Into<E>>(&mut self, result: Result<T, F>) -> Option<T> {
        result.map_err(|error| self.faults.refuse(error)).ok()
    }

    /// Whether a fault has been found that makes looking further pointless.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// Notes a broken constraint of a member.
    pub fn constraint(&mut self, name: &str, rule: Rule) {
        let value = self.object.get(name);
        self.faults.constraint(value, &Path::Member(&self.path, name), rule);
    }
}

/// Reads a structure with a function from its members.
pub fn structure<E: From<Error>, T>(
    json: &Json<'_>,
    path: &Path<'_>,
    faults: &mut Faults<E>,
    read: impl FnOnce(&mut Parameters<'_, E>) -> T,
) -> T {
    let empty = Object::default();
    let object = match json {
        Json::Object(object) => object,
        Json::Array(_) => {
            faults.wrong_type(TypeError::Array("class com.amazonaws.dynamodb.v20120810"));
            &empty
        }
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Decimal(_) | Json::String(_) => {
            let element = matches!(path, Path::Element(..));
            faults.wrong_type(if element { TypeError::Element } else { TypeError::Field });
            &empty
        }
    };
    read(&mut Parameters { object, path: *path, faults })
}

/// What the service's parser calls a scalar.
fn scalar_name(json: &Json<'_>) -> &'static str {
    match json {
        Json::Bool(true) => "TRUE_VALUE",
        Json::Bool(false) => "FALSE_VALUE",
        Json::Integer(_) => "NUMBER_VALUE",
        Json::Decimal(_) => "DECIMAL_VALUE",
        Json::String(_) => "STRING_VALUE",
        Json::Null | Json::Array(_) | Json::Object(_) => "NULL_VALUE",
    }
}

/// The fault of a value where a scalar of the Java type `wanted` belongs.
fn not_a(wanted: &'static str, json: &Json<'_>) -> TypeError {
    match json {
        Json::Object(_) => TypeError::Object,
        Json::Array(_) => TypeError::Array(match wanted {
            "String" => "class java.lang.String",
            "Boolean" => "class java.lang.Boolean",
            "Long" => "class java.lang.Long",
            _ => "class java.lang.Integer",
        }),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Decimal(_) | Json::String(_) => {
            TypeError::Scalar { found: scalar_name(json), wanted }
        }
    }
}

/// The text of a string.
pub(crate) fn text<'a>(json: &'a Json<'_>) -> Result<&'a str, TypeError> {
    match json {
        Json::String(text) => Ok(text),
        other @ (Json::Null
        | Json::Bool(_)
        | Json::Integer(_)
        | Json::Decimal(_)
        | Json::Array(_)
        | Json::Object(_)) => Err(not_a("String", other)),
    }
}

/// A boolean. Strings count too, as they do for the service.
pub(crate) fn boolean(json: &Json<'_>) -> Result<bool, TypeError> {
    match json {
        Json::Bool(value) => Ok(*value),
        Json::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "0" => Ok(false),
            _ => Err(TypeError::Token),
        },
        other @ (Json::Null
        | Json::Integer(_)
        | Json::Decimal(_)
        | Json::Array(_)
        | Json::Object(_)) => Err(not_a("Boolean", other)),
    }
}

/// The members of a map.
pub(crate) fn map<'a, 'b>(json: &'a Json<'b>) -> Result<&'a Object<'b>, TypeError> {
    match json {
        Json::Object(object) => Ok(object),
        Json::Array(_) => Err(TypeError::Array(
            "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
        )),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Decimal(_) | Json::String(_) => {
            Err(TypeError::Field)
        }
    }
}

/// The elements of a list.
pub(crate) fn list<'a, 'b>(json: &'a Json<'b>) -> Result<&'a [Json<'b>], TypeError> {
    match json {
        Json::Array(elements) => Ok(elements),
        Json::Object(_) => Err(TypeError::Object),
        Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Decimal(_) | Json::String(_) => {
            Err(TypeError::Field)
        }
    }
}

impl<E: From<Error>> Parameter<E> for String {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<E>) -> Self {
        match text(json) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                faults.wrong_type(error);
                Self::new()
            }
        }
    }

    fn placeholder() -> Self {
        Self::new()
    }
}

impl<E: From<Error>> Parameter<E> for bool {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<E>) -> Self {
        boolean(json).unwrap_or_else(|error| {
            faults.wrong_type(error);
            false
        })
    }

    fn placeholder() -> Self {
        false
    }
}

/// A string of `MIN` to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text<const MIN: usize, const MAX: usize>(pub String);

impl<E: From<Error>, const MIN: usize, const MAX: usize> Parameter<E> for Text<MIN, MAX> {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let text = String::read(json, path, faults);
        length::<E>(json, path, faults, (text.chars().count(), MIN, MAX));
        Self(text)
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

/// Notes where a length is not between its bounds: `(length, min, max)`.
fn length<E: From<Error>>(
    json: &Json<'_>,
    path: &Path<'_>,
    faults: &mut Faults<E>,
    (length, min, max): (usize, usize, usize),
) {
    if length < min {
        faults.constraint(Some(json), path, Rule::LengthMin(min));
    }
    if length > max {
        faults.constraint(Some(json), path, Rule::LengthMax(max));
    }
}

/// A whole number from `MIN` to `MAX`. Fractions are dropped, as the service drops them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

/// The largest 32-bit integer: the service's `Integer` saturates there.
pub const INTEGER_MAX: i64 = i32::MAX as i64;

impl<E: From<Error>, const MIN: i64, const MAX: i64> Parameter<E> for Whole<MIN, MAX> {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let is_integer = MAX <= INTEGER_MAX;
        let value = match json {
            Json::Integer(value) => *value,
            #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
            Json::Decimal(value) => *value as i64,
            other @ (Json::Null
            | Json::Bool(_)
            | Json::String(_)
            | Json::Array(_)
            | Json::Object(_)) => {
                faults.wrong_type(not_a(if is_integer { "Integer" } else { "Long" }, other));
                return Self(MIN);
            }
        };
        let value = if is_integer { value.clamp(i32::MIN.into(), INTEGER_MAX) } else { value };
        if value < MIN {
            faults.constraint(Some(&Json::Integer(value)), path, Rule::ValueMin(MIN));
        }
        if value > MAX {
            faults.constraint(Some(&Json::Integer(value)), path, Rule::ValueMax(MAX));
        }
        Self(value)
    }

    fn placeholder() -> Self {
        Self(MIN)
    }
}

/// A list of `MIN` to `MAX` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T, const MIN: usize, const MAX: usize>(pub Vec<T>);

impl<E: From<Error>, T: Parameter<E>, const MIN: usize, const MAX: usize> Parameter<E>
    for List<T, MIN, MAX>
{
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let elements = list(json).unwrap_or_else(|error| {
            faults.wrong_type(error);
            &[]
        });
        length(json, path, faults, (elements.len(), MIN, MAX));
        let read = |(index, element): (usize, &Json<'_>)| {
            let place = (index + 1).to_string();
            let path = Path::Element(path, &place);
            if *element == Json::Null {
                faults.constraint(None, &path, Rule::NotNull);
                return T::placeholder();
            }
            T::read(element, &path, faults)
        };
        // No more are read than may be there: a list too long is refused whatever it holds.
        Self(elements.iter().take(MAX).enumerate().map(read).collect())
    }

    fn placeholder() -> Self {
        Self(Vec::new())
    }
}

/// A map of `MIN` to `MAX` entries, in the order they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<T, const MIN: usize, const MAX: usize>(pub Vec<(String, T)>);

impl<E: From<Error>, T: Parameter<E>, const MIN: usize, const MAX: usize> Parameter<E>
    for Map<T, MIN, MAX>
{
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let empty = Object::default();
        let object = map(json).unwrap_or_else(|error| {
            faults.wrong_type(error);
            &empty
        });
        // Of two entries with one name, the later one counts.
        let entries: BTreeMap<&str, usize> =
            object.members().enumerate().map(|(index, (name, _))| (name, index)).collect();
        length(json, path, faults, (entries.len(), MIN, MAX));
        let read = |(_, (name, element)): (usize, (&str, &Json<'_>))| {
            (name.to_owned(), T::read(element, &Path::Element(path, name), faults))
        };
        let counts =
            |(index, (name, _)): &(usize, (&str, &Json<'_>))| entries.get(name) == Some(index);
        Self(object.members().enumerate().filter(counts).take(MAX).map(read).collect())
    }

    fn placeholder() -> Self {
        Self(Vec::new())
    }
}

/// A closed set of names, each with what it means here.
pub trait Choice: Copy + 'static {
    /// The names in the order in which the service's message lists them.
    const CHOICES: &'static [(&'static str, Self)];
}

/// Reads one of a closed set.
pub fn choice<E: From<Error>, T: Choice>(
    json: &Json<'_>,
    path: &Path<'_>,
    faults: &mut Faults<E>,
) -> Option<T> {
    let text = text(json).map_err(|error| faults.wrong_type(error)).ok()?;
    let found = T::CHOICES.iter().find(|(name, _)| *name == text);
    if found.is_none() {
        let names = T::CHOICES.iter().map(|(name, _)| *name).collect();
        faults.constraint(Some(json), path, Rule::Choice(names));
    }
    found.map(|(_, choice)| *choice)
}

/// Makes a closed set out of an enum: its variants with their names on the wire, in the order
/// in which the service's message lists them.
#[macro_export]
macro_rules! choices {
    ($kind:ty { $($name:literal => $variant:ident),+ $(,)? }) => {
        impl $crate::parameter::Choice for $kind {
            const CHOICES: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),+];
        }

        impl<E: From<$crate::Error>> $crate::parameter::Parameter<E> for $kind {
            fn read(
                json: &$crate::json::Json<'_>,
                path: &$crate::parameter::Path<'_>,
                faults: &mut $crate::parameter::Faults<E>,
            ) -> Self {
                $crate::parameter::choice(json, path, faults)
                    .unwrap_or_else(<Self as $crate::parameter::Parameter<E>>::placeholder)
            }

            fn placeholder() -> Self {
                let [(_, first), ..] = <Self as $crate::parameter::Choice>::CHOICES else {
                    unreachable!("a closed set has a member")
                };
                *first
            }
        }

        impl $kind {
            /// The name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

/// A value as a message shows it: no longer than what helps, or a bad request could make a
/// reply many times its size.
fn echo(json: &Json<'_>) -> String {
    let mut shown = String::new();
    show(json, &mut shown);
    short(shown)
}

/// A text of the client's as a message repeats it: cut where it says enough.
#[must_use]
pub fn short(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(ECHO_CHARACTERS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn show(json: &Json<'_>, shown: &mut String) {
    if shown.len() > ECHO_CHARACTERS_MAX * 4 {
        return;
    }
    match json {
        Json::Null => shown.push_str("null"),
        Json::Bool(value) => shown.push_str(&value.to_string()),
        Json::Integer(value) => shown.push_str(&value.to_string()),
        Json::Decimal(value) => shown.push_str(&value.to_string()),
        Json::String(text) => shown.push_str(text),
        Json::Array(elements) => {
            let parts = elements.iter().map(|element| (Cow::Borrowed(""), element));
            show_all(parts, ('[', ']'), shown);
        }
        Json::Object(object) => {
            let parts = object.0.iter().map(|(name, value)| (format!("{name}=").into(), value));
            show_all(parts, ('{', '}'), shown);
        }
    }
}

fn show_all<'a, 'b: 'a>(
    parts: impl Iterator<Item = (Cow<'a, str>, &'a Json<'b>)>,
    (open, close): (char, char),
    shown: &mut String,
) {
    shown.push(open);
    for (index, (name, value)) in parts.enumerate() {
        if index > 0 {
            shown.push_str(", ");
        }
        shown.push_str(&name);
        show(value, shown);
    }
    shown.push(close);
}
