//! What a request needs to be allowed: actions on resources, with what policies can ask about each.
//!
//! Nothing is judged here. An operation says what it needs, what the tables have to do with it is looked up, and whoever
//! knows the caller decides.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use expression::{Condition, Path, Projection};
use storage::{Reads, View};
use types::json::Json;
use types::name::{ArnResource, Name, TableArn, TableReference};
use types::{AttributeValue, Item};

use crate::catalog::Table;
use crate::catalog::tag::Tags;
use crate::error::Result;
use crate::resource_policy::ResourcePolicy;
use crate::{Call, Database, Scope, keys};

/// Something that a request needs to be allowed: one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    /// The action, without the service before it: `GetItem`.
    pub action: &'static str,
    /// The resource's ARN; `*` for an action that is of no resource.
    pub resource: String,
    /// The account that the resource is of.
    pub account: String,
    /// The Region that the resource is in, if it is in one.
    pub region: Option<String>,
    /// The operation that the action is a part of, if it is one.
    pub enclosing: Option<&'static str>,
    /// The partition keys of all items that are touched; `None` where that is not said, as by a Scan.
    pub leading_keys: Option<BTreeSet<String>>,
    /// Every attribute that is named; `None` where the action is not about items.
    pub attributes: Option<BTreeSet<String>>,
    /// `Select`, `ReturnValues` and `ReturnConsumedCapacity` as the request has them; `Select` of every read, and as
    /// `ReturnValues` the most that a write may show.
    pub options: Vec<(&'static str, String)>,
    /// Tags that the request brings; of those that it takes away only the keys.
    pub request_tags: BTreeMap<String, Option<String>>,
    /// Tags of the table.
    pub resource_tags: BTreeMap<String, String>,
    /// The policy of the resource itself: JSON.
    pub policy: Option<String>,
    /// The policy that the request gives the resource.
    pub put: Option<NewPolicy>,
}

/// A policy that a request gives a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPolicy {
    /// The document: a JSON object, and otherwise unread.
    pub document: String,
    /// Whether the caller may be shut out by it.
    pub is_confirmed: bool,
}

/// The parameters of an operation that policies can ask about by their own names. One that it does not have says
/// nothing, whoever sends it.
fn options(operation: &str) -> &'static [&'static str] {
    match operation {
        "Query" | "Scan" => &[SELECT, RETURN_CONSUMED_CAPACITY],
        "PutItem" | "UpdateItem" | "DeleteItem" => &[RETURN_VALUES, RETURN_CONSUMED_CAPACITY],
        "GetItem" | "BatchGetItem" | "BatchWriteItem" | "TransactGetItems"
        | "TransactWriteItems" => &[RETURN_CONSUMED_CAPACITY],
        _ => &[],
    }
}

const RETURN_CONSUMED_CAPACITY: &str = "ReturnConsumedCapacity";
/// A partition key that is not known: no key of a table reads so.
const UNKNOWN: &str = "\0";
const SELECT: &str = "Select";
const RETURN_VALUES: &str = "ReturnValues";

/// What filling a table takes.
const WRITING: [&str; 7] =
    ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];

/// What of a need is asked about, so that the rest need not be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// Items: their keys and attributes, and options of requests for them.
    pub items: bool,
    /// Tags of tables.
    pub tags: bool,
}

/// Gathers what a request needs.
pub(crate) struct Needs<'a> {
    call: &'a Call,
    operation: &'static str,
    drafts: Vec<Draft<'a>>,
}

/// A need before anything was looked up.
pub(crate) struct Draft<'a> {
    action: &'static str,
    target: Target<'a>,
    enclosing: Option<&'static str>,
    /// Items, whole or their keys alone; of a Query the attributes that equal something.
    items: Vec<Cow<'a, Item>>,
    is_about_items: bool,
    names: BTreeSet<&'a str>,
    tags: BTreeMap<String, Option<String>>,
    put: Option<NewPolicy>,
    /// What of the items the reply has, if it has any.
    select: Option<&'static str>,
    /// Whether the reply has the item as it was if a condition does not hold.
    shows_old: bool,
}

enum Target<'a> {
    Table(&'a TableReference),
    Index(&'a TableReference, &'a Name),
    /// The caller's table of a name, in a Region.
    In(&'a str, &'a Name),
    /// What its ARN names.
    Arn(&'a str),
    /// Something of the caller's own, by its ARN.
    Own(String),
    /// Nothing in particular.
    Any,
}

impl<'a> Needs<'a> {
    pub(crate) fn new(call: &'a Call, operation: &'static str) -> Self {
        Self { call, operation, drafts: Vec::new() }
    }

    fn push(&mut self, target: Target<'a>) -> &mut Draft<'a> {
        self.drafts.push(Draft {
            action: self.operation,
            target,
            enclosing: None,
            items: Vec::new(),
            is_about_items: false,
            names: BTreeSet::new(),
            tags: BTreeMap::new(),
            put: None,
            select: None,
            shows_old: false,
        });
        self.drafts.last_mut().expect("one was just pushed")
    }

    /// The operation's own action on a table.
    pub(crate) fn table(&mut self, table: &'a TableReference) -> &mut Draft<'a> {
        self.push(Target::Table(table))
    }

    /// On a table, or on an index of it.
    pub(crate) fn index(
        &mut self,
        table: &'a TableReference,
        index: Option<&'a Name>,
    ) -> &mut Draft<'a> {
        self.push(index.map_or(Target::Table(table), |index| Target::Index(table, index)))
    }

    /// On what an ARN names.
    pub(crate) fn arn(&mut self, arn: &'a str) -> &mut Draft<'a> {
        self.push(Target::Arn(arn))
    }

    /// On something in the caller's account and Region: `table/*`.
    pub(crate) fn own(&mut self, resource: &str) -> &mut Draft<'a> {
        let Call { account, region, .. } = self.call;
        self.push(Target::Own(format!("arn:aws:dynamodb:{region}:{account}:{resource}")))
    }

    /// On nothing in particular.
    pub(crate) fn any(&mut self) -> &mut Draft<'a> {
        self.push(Target::Any)
    }

    /// On all tables, or on one of them.
    pub(crate) fn tables(&mut self, table: Option<&'a TableReference>) -> &mut Draft<'a> {
        match table {
            Some(table) => self.table(table),
            None => self.own("table/*"),
        }
    }

    /// On a global table of the older version, by its name. It is in no Region.
    pub(crate) fn global_table(&mut self, name: &Name) -> &mut Draft<'a> {
        let account = &self.call.account;
        self.push(Target::Own(format!("arn:aws:dynamodb::{account}:global-table/{name}")))
    }

    /// On the caller's table of a name in the caller's Region.
    pub(crate) fn named(&mut self, table: &'a Name) -> &mut Draft<'a> {
        let region = &self.call.region;
        self.replica(region, table)
    }

    /// On the caller's table of a name in any Region.
    pub(crate) fn replica(&mut self, region: &'a str, table: &'a Name) -> &mut Draft<'a> {
        self.push(Target::In(region, table))
    }

    /// What making a replica of a table in a Region takes there.
    pub(crate) fn made_in(&mut self, region: &'a str, table: &'a Name) {
        for action in ["CreateTableReplica", "CreateTable"].into_iter().chain(WRITING) {
            self.replica(region, table).action(action);
        }
    }

    /// What removing a replica of a table in a Region takes there.
    pub(crate) fn removed_in(&mut self, region: &'a str, table: &'a Name) {
        for action in ["DeleteTableReplica", "DeleteTable"] {
            self.replica(region, table).action(action);
        }
    }

    /// Everything that filling a table from elsewhere takes.
    pub(crate) fn filled(&mut self, table: &'a TableReference) {
        for action in WRITING {
            self.table(table).action(action);
        }
    }

    /// The ARNs of the resources, each once.
    pub(crate) fn resources(&self) -> Vec<String> {
        let arns = self.drafts.iter().map(|draft| draft.target.place(self.call).arn);
        arns.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What was gathered, with what `database` has to say of it and the request's JSON.
    pub(crate) async fn look_up(
        self,
        database: &Database,
        json: &Json<'_>,
        wants: Wants,
    ) -> Result<Vec<Need>> {
        let looks = wants.tags || wants.items || database.has_policies();
        let view = if looks { Some(database.view(Reads::One).await?) } else { None };
        let options: Vec<_> = if wants.items {
            options(self.operation).iter().filter_map(|name| option(json, name)).collect()
        } else {
            Vec::new()
        };
        let mut needs = Vec::with_capacity(self.drafts.len());
        for draft in self.drafts {
            let options = if wants.items { draft.options(&options) } else { Vec::new() };
            let need = draft.look_up(database, view.as_ref(), self.call, wants).await?;
            needs.push(Need { options, ..need });
        }
        Ok(needs)
    }
}

/// A parameter whose value is a text.
fn option(json: &Json<'_>, name: &'static str) -> Option<(&'static str, String)> {
    let Json::Object(object) = json else { return None };
    match object.get(name) {
        Some(Json::String(text)) => Some((name, text.to_string())),
        Some(
            Json::Null
            | Json::Bool(_)
            | Json::Integer(_)
            | Json::Decimal(_)
            | Json::Array(_)
            | Json::Object(_),
        )
        | None => None,
    }
}

impl<'a> Draft<'a> {
    /// Another action than the operation's own.
    pub(crate) fn action(&mut self, action: &'static str) -> &mut Self {
        self.action = action;
        self
    }

    /// An action that is a part of an operation.
    pub(crate) fn within(&mut self, operation: &'static str) -> &mut Self {
        self.enclosing = Some(operation);
        self
    }

    /// An item that is touched, whole or its key alone.
    pub(crate) fn item(&mut self, item: &'a Item) -> &mut Self {
        self.names(item.0.keys().map(String::as_str));
        self.items.push(Cow::Borrowed(item));
        self
    }

    /// Attributes that all touched items share.
    pub(crate) fn equal(&mut self, item: Item) -> &mut Self {
        self.is_about_items = true;
        self.items.push(Cow::Owned(item));
        self
    }

    /// Attributes that are named.
    pub(crate) fn names(&mut self, names: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.is_about_items = true;
        self.names.extend(names);
        self
    }

    /// Attributes that paths begin with.
    pub(crate) fn paths(&mut self, paths: impl IntoIterator<Item = &'a Path>) -> &mut Self {
        self.names(paths.into_iter().map(|path| &*path.name))
    }

    /// Attributes that a condition is about.
    pub(crate) fn condition(&mut self, condition: Option<&'a Condition>) -> &mut Self {
        self.paths(condition.map(Condition::paths).unwrap_or_default())
    }

    /// What of the items the reply has: what a projection asks for, or all that there is.
    pub(crate) fn select(&mut self, projection: Option<&'a Projection>) -> &mut Self {
        self.select = Some(match (projection, &self.target) {
            (Some(_), _) => "SPECIFIC_ATTRIBUTES",
            (None, Target::Index(..)) => "ALL_PROJECTED_ATTRIBUTES",
            (
                None,
                Target::Table(_) | Target::In(..) | Target::Arn(_) | Target::Own(_) | Target::Any,
            ) => "ALL_ATTRIBUTES",
        });
        self.paths(projection.into_iter().flat_map(Projection::paths))
    }

    /// That the reply has the item as it was if a condition does not hold.
    pub(crate) fn shows_old(&mut self, shows_old: bool) -> &mut Self {
        self.shows_old = shows_old;
        self
    }

    /// The request's options, with what they are where the request leaves them out.
    fn options(&self, given: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let mut options = given.to_vec();
        if let Some(select) = self.select
            && !options.iter().any(|(name, _)| *name == SELECT)
        {
            options.push((SELECT, select.to_owned()));
        }
        // Whoever may not see old items must not have them shown by a condition that fails either.
        if self.shows_old {
            options.retain(|(name, _)| *name != RETURN_VALUES);
            options.push((RETURN_VALUES, "ALL_OLD".to_owned()));
        }
        options
    }

    /// Tags that the request brings.
    pub(crate) fn tags(
        &mut self,
        tags: impl IntoIterator<Item = (String, Option<String>)>,
    ) -> &mut Self {
        self.tags.extend(tags);
        self
    }

    /// A policy that the resource is given.
    pub(crate) fn puts_policy(&mut self, document: &str, is_confirmed: bool) -> &mut Self {
        self.put = Some(NewPolicy { document: document.to_owned(), is_confirmed });
        self
    }

    async fn look_up(
        self,
        database: &Database,
        view: Option<&View>,
        call: &Call,
        wants: Wants,
    ) -> Result<Need> {
        let Place { arn: resource, account, table } = self.target.place(call);
        let mut need = Need {
            action: self.action,
            region: resource.split(':').nth(3).filter(|part| !part.is_empty()).map(str::to_owned),
            resource,
            account,
            enclosing: self.enclosing,
            attributes: (wants.items && self.is_about_items)
                .then(|| self.names.into_iter().map(str::to_owned).collect()),
            request_tags: self.tags,
            put: self.put,
            ..Need::default()
        };
        let (Some(view), Some((table, what))) = (view, table) else { return Ok(need) };
        let TableArn { account, region, name } = table;
        let (scope, name) = (Scope { account, region }, name.as_str());
        if wants.items && !self.items.is_empty() {
            let table = database.inner.catalog.table(view, &keys::table(&scope, name)).await?;
            let index = match self.target {
                Target::Index(_, index) => Some(index),
                Target::Table(_)
                | Target::In(..)
                | Target::Arn(_)
                | Target::Own(_)
                | Target::Any => None,
            };
            let keys = table.and_then(|table| leading_keys(&table, index, &self.items));
            // Absent, they would be all that a policy for every one of them allows.
            need.leading_keys = Some(keys.unwrap_or_else(|| [UNKNOWN.to_owned()].into()));
        }
        let policy_key = policy_key(&scope, name, &what).filter(|_| database.has_policies());
        if let Some(key) = policy_key {
            let row = view.get(&key).await?;
            let policy = row.as_ref().map(ResourcePolicy::decode).transpose()?;
            need.policy = policy.map(|policy| policy.document);
        }
        if wants.tags && has_tags(&what) {
            let row = view.get(&keys::tags(&scope, name)).await?;
            need.resource_tags = Tags::decode(row.as_ref())?.0;
        }
        Ok(need)
    }
}

/// What a target is for a caller.
struct Place {
    arn: String,
    account: String,
    /// The table that it is or belongs to, and what of it.
    table: Option<(TableArn, ArnResource)>,
}

impl Place {
    fn of(table: TableArn, what: ArnResource) -> Self {
        let arn = match &what {
            ArnResource::Table => table.to_string(),
            ArnResource::Below(rest) => format!("{table}/{rest}"),
        };
        Self { arn, account: table.account.clone(), table: Some((table, what)) }
    }
}

impl Target<'_> {
    fn place(&self, call: &Call) -> Place {
        let named = |region: &str, name: &Name| TableArn {
            region: region.to_owned(),
            account: call.account.clone(),
            name: name.clone(),
        };
        let own = |table: &TableReference| match table {
            TableReference::Arn(arn) => arn.clone(),
            TableReference::Name(name) => named(&call.region, name),
        };
        let elsewhere = |arn: String| Place { arn, account: call.account.clone(), table: None };
        match self {
            Self::Table(table) => Place::of(own(table), ArnResource::Table),
            Self::Index(table, index) => {
                Place::of(own(table), ArnResource::Below(format!("index/{index}")))
            }
            Self::In(region, name) => Place::of(named(region, name), ArnResource::Table),
            Self::Arn(arn) => match TableArn::parse(arn) {
                Some((table, what)) => Place::of(table, what),
                None => elsewhere((*arn).to_owned()),
            },
            Self::Own(arn) => elsewhere(arn.clone()),
            Self::Any => elsewhere("*".to_owned()),
        }
    }
}

/// The key of the policy of something of a table: streams have their own, indexes that of their table, and what else a
/// table has none.
fn policy_key(scope: &Scope, table: &str, what: &ArnResource) -> Option<Bytes> {
    match what {
        ArnResource::Table => Some(keys::policy(scope, table)),
        ArnResource::Below(rest) if rest.starts_with("index/") => Some(keys::policy(scope, table)),
        ArnResource::Below(rest) => {
            let label = rest.strip_prefix("stream/")?;
            Some(keys::stream_policy(scope, table, label))
        }
    }
}

/// Whether something of a table has the table's tags.
fn has_tags(what: &ArnResource) -> bool {
    match what {
        ArnResource::Table => true,
        // What else a table has, a backup for one, is not the table that now has the name.
        ArnResource::Below(rest) => rest.starts_with("index/"),
    }
}

/// The partition keys of items, as policies have them; `None` where some item does not say its own.
fn leading_keys(
    table: &Table,
    index: Option<&Name>,
    items: &[Cow<'_, Item>],
) -> Option<BTreeSet<String>> {
    let attributes = match index {
        Some(index) => &table.index(index.as_str())?.partition_key,
        None => std::slice::from_ref(&table.partition_key),
    };
    let values = items.iter().flat_map(|item| {
        attributes.iter().map(|attribute| item.get(&attribute.name).and_then(text))
    });
    values.collect()
}

/// A key's value as policies have it.
fn text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) => Some(text.clone()),
        AttributeValue::N(number) => Some(number.to_string()),
        AttributeValue::B(bytes) => Some(BASE64.encode(bytes)),
        AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_)
        | AttributeValue::L(_)
        | AttributeValue::M(_) => None,
    }
}
