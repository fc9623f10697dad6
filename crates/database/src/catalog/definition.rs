//! Definitions of tables and indexes: read as a request has them, and checked as a whole.
//!
//! The order of the checks is the service's: a client that gets one thing wrong is told of that
//! one, and one that gets several wrong is told of the same one first.

use std::collections::BTreeSet;

use types::json::Json;
use types::limit::{
    GLOBAL_INDEXES_MAX, INDEX_KEY_ATTRIBUTES_MAX, KEY_NAME_BYTES_MAX, LOCAL_INDEXES_MAX,
    NON_KEY_ATTRIBUTES_MAX, PROJECTED_ATTRIBUTES_MAX,
};
use types::name::Name;
use types::parameter::{Faults, List, Parameter, Path, Text, Whole, short, structure};

use crate::catalog::bounds::{Bounds, Limits, Warm};
use crate::catalog::table::{Index, KeyAttribute, KeyType, Projection, Reach, Throughput};
use crate::error::{Definition, Error, Invalid, Owner};
use crate::operation::Parameters;

/// The most units that a request may ask for.
const UNITS_MAX: i64 = 1_000_000_000_000;
/// The most elements of the key schema of a table or a local index.
const KEY_ELEMENTS_MAX: usize = 2;

/// How a table is to be paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BillingMode {
    Provisioned,
    OnDemand,
}

types::choices! { BillingMode { "PROVISIONED" => Provisioned, "PAY_PER_REQUEST" => OnDemand } }

/// `ProvisionedThroughput` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) read: i64,
    pub(crate) write: i64,
}

impl Units {
    /// Refuses more than the service could count.
    pub(crate) fn check(self) -> Result<Self, Invalid> {
        for (name, value) in [("ReadCapacityUnits", self.read), ("WriteCapacityUnits", self.write)]
        {
            if value > UNITS_MAX {
                return Err(Invalid::ThroughputOutOfBounds { name, value });
            }
        }
        Ok(self)
    }

    /// The throughput of what is provisioned for the first time.
    pub(crate) fn throughput(self) -> Throughput {
        Throughput { read: self.read, write: self.write, ..Throughput::default() }
    }
}

impl Parameter<Error> for Units {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let Whole(write) = parameters.required::<Whole<1, { i64::MAX }>>("WriteCapacityUnits");
            let Whole(read) = parameters.required::<Whole<1, { i64::MAX }>>("ReadCapacityUnits");
            Self { read, write }
        })
    }

    fn placeholder() -> Self {
        Self { read: 1, write: 1 }
    }
}

/// An element of `AttributeDefinitions`.
impl Parameter<Error> for KeyAttribute {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let Text(name) = parameters.required::<KeyName>("AttributeName");
            Self { name, kind: parameters.required("AttributeType") }
        })
    }

    fn placeholder() -> Self {
        Self { name: String::new(), kind: KeyType::S }
    }
}

type KeyName = Text<1, KEY_NAME_BYTES_MAX>;

/// An element of a key schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyElement {
    name: String,
    role: Role,
}

/// What an attribute is in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Hash,
    Range,
}

types::choices! { Role { "HASH" => Hash, "RANGE" => Range } }

impl Parameter<Error> for KeyElement {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let Text(name) = parameters.required::<KeyName>("AttributeName");
            Self { name, role: parameters.required("KeyType") }
        })
    }

    fn placeholder() -> Self {
        Self { name: String::new(), role: Role::Hash }
    }
}

/// An index as a request defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexDefinition {
    name: Name,
    key: Vec<KeyElement>,
    projection: ProjectionDefinition,
    throughput: Option<Units>,
    warm: Option<Warm>,
    limits: Option<Limits>,
}

/// `Projection` of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct ProjectionDefinition {
    kind: Option<ProjectionType>,
    names: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProjectionType {
    All,
    Include,
    KeysOnly,
}

types::choices! { ProjectionType {
    "ALL" => All,
    "INCLUDE" => Include,
    "KEYS_ONLY" => KeysOnly,
} }

impl Parameter<Error> for ProjectionDefinition {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let kind = parameters.optional("ProjectionType");
            let names =
                parameters.optional::<List<KeyName, 1, NON_KEY_ATTRIBUTES_MAX>>("NonKeyAttributes");
            let names = names.map(|List(names)| names.into_iter().map(|Text(name)| name).collect());
            Self { kind, names }
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl IndexDefinition {
    /// Reads a global index, whose key may have several attributes on either side.
    pub(crate) fn read_global(parameters: &mut Parameters<'_>) -> Self {
        let name = parameters.required("IndexName");
        let List(key) = parameters.required::<List<KeyElement, 1, { usize::MAX }>>("KeySchema");
        let projection = parameters.required("Projection");
        let throughput = parameters.optional("ProvisionedThroughput");
        let limits = parameters.optional("OnDemandThroughput");
        let warm = parameters.optional("WarmThroughput");
        Self { name, key, projection, throughput, warm, limits }
    }

    fn read_local(parameters: &mut Parameters<'_>) -> Self {
        let name = parameters.required("IndexName");
        let List(key) = parameters.required::<List<KeyElement, 1, KEY_ELEMENTS_MAX>>("KeySchema");
        Self { key, projection: parameters.required("Projection"), ..Self::empty(name) }
    }

    fn empty(name: Name) -> Self {
        Self {
            name,
            key: Vec::new(),
            projection: ProjectionDefinition::default(),
            throughput: None,
            warm: None,
            limits: None,
        }
    }
}

/// An element of `LocalSecondaryIndexes`.
pub(crate) struct Local(pub(crate) IndexDefinition);

impl Parameter<Error> for Local {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        Self(structure(json, path, faults, IndexDefinition::read_local))
    }

    fn placeholder() -> Self {
        Self(IndexDefinition::empty(<Name as Parameter<Error>>::placeholder()))
    }
}

/// An element of `GlobalSecondaryIndexes`, or one that is to be made later.
pub(crate) struct Global(pub(crate) IndexDefinition);

impl Parameter<Error> for Global {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        Self(structure(json, path, faults, IndexDefinition::read_global))
    }

    fn placeholder() -> Self {
        Self(IndexDefinition::empty(<Name as Parameter<Error>>::placeholder()))
    }
}

/// A table as a request defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableDefinition {
    attributes: Vec<KeyAttribute>,
    billing: BillingMode,
    throughput: Option<Units>,
    key: Vec<KeyElement>,
    local: Option<Vec<IndexDefinition>>,
    global: Option<Vec<IndexDefinition>>,
    warm: Option<Warm>,
    limits: Option<Limits>,
}

/// A sound definition: what a table is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) definitions: Vec<KeyAttribute>,
    pub(crate) partition_key: KeyAttribute,
    pub(crate) sort_key: Option<KeyAttribute>,
    /// Local ones first. They get their numbers with the table.
    pub(crate) indexes: Vec<Index>,
    pub(crate) billing: BillingMode,
    /// Zero on demand.
    pub(crate) throughput: Throughput,
    pub(crate) bounds: Bounds,
}

/// Reads `AttributeDefinitions`.
pub(crate) type AttributeDefinitions = List<KeyAttribute, 0, { usize::MAX }>;

impl TableDefinition {
    /// Reads what defines a table, in the order in which the service lists faults.
    pub(crate) fn read(parameters: &mut Parameters<'_>) -> Self {
        let List(attributes) = parameters.required::<AttributeDefinitions>("AttributeDefinitions");
        let billing = parameters.optional("BillingMode").unwrap_or(BillingMode::Provisioned);
        let throughput = parameters.optional("ProvisionedThroughput");
        let List(key) = parameters.required::<List<KeyElement, 1, KEY_ELEMENTS_MAX>>("KeySchema");
        let local = parameters.optional::<List<Local, 0, { usize::MAX }>>("LocalSecondaryIndexes");
        let global =
            parameters.optional::<List<Global, 0, { usize::MAX }>>("GlobalSecondaryIndexes");
        Self {
            attributes,
            billing,
            throughput,
            key,
            local: local.map(|List(all)| all.into_iter().map(|Local(index)| index).collect()),
            global: global.map(|List(all)| all.into_iter().map(|Global(index)| index).collect()),
            warm: parameters.optional("WarmThroughput"),
            limits: parameters.optional("OnDemandThroughput"),
        }
    }

    /// Checks the definition as a whole.
    pub(crate) fn resolve(self) -> Result<Shape, Invalid> {
        let throughput = self.throughput()?;
        let definitions = Definitions::new(&self.attributes)?;
        if self.key.len() > self.attributes.len() {
            return Err(Invalid::NoKeyDefinition);
        }
        definitions.check(&self.key)?;
        check_roles(&self.key)?;
        self.check_all_used()?;
        let (partition_key, sort_key) = definitions.table_key(&self.key)?;
        let mut indexes = self.local_indexes(&definitions)?;
        for index in self.global.iter().flatten() {
            let index = index.resolve_global(&definitions, self.billing)?;
            add(&mut indexes, index)?;
        }
        check_counts(&self, &indexes)?;
        let asked = (self.warm, self.limits);
        let bounds = Bounds::create(asked, (self.billing, &throughput), &Owner::Table)?;
        Ok(Shape {
            partition_key,
            sort_key,
            indexes,
            billing: self.billing,
            throughput,
            bounds,
            definitions: self.attributes,
        })
    }

    fn throughput(&self) -> Result<Throughput, Invalid> {
        match (self.billing, self.throughput) {
            (BillingMode::OnDemand, Some(_)) => Err(Definition::ThroughputOnDemand.into()),
            (BillingMode::OnDemand, None) => Ok(Throughput::default()),
            (BillingMode::Provisioned, None) => Err(Definition::NoThroughput.into()),
            (BillingMode::Provisioned, Some(units)) => units.check().map(Units::throughput),
        }
    }

    /// Refuses a definition that no key uses.
    fn check_all_used(&self) -> Result<(), Definition> {
        let indexes = self.local.iter().chain(&self.global).flatten();
        let mut used: Vec<&str> = Vec::new();
        for element in self.key.iter().chain(indexes.flat_map(|index| &index.key)) {
            if !used.contains(&element.name.as_str()) {
                used.push(&element.name);
            }
        }
        if self.attributes.iter().all(|attribute| used.contains(&attribute.name.as_str())) {
            return Ok(());
        }
        if self.local.is_none() && self.global.is_none() {
            return Err(Definition::Unused);
        }
        Err(Definition::UnusedWithIndexes {
            definitions: names(&self.attributes),
            keys: short(used.join(", ")),
        })
    }

    fn local_indexes(&self, definitions: &Definitions<'_>) -> Result<Vec<Index>, Invalid> {
        let Some(local) = &self.local else { return Ok(Vec::new()) };
        if local.is_empty() {
            return Err(Definition::EmptyList("LocalSecondaryIndexes").into());
        }
        let [partition_key, _] = self.key.as_slice() else {
            return Err(Definition::NoSortKey.into());
        };
        let mut indexes = Vec::new();
        for index in local {
            add(&mut indexes, index.resolve_local(definitions, &partition_key.name)?)?;
        }
        Ok(indexes)
    }
}

/// How many indexes there may be, and how much they may name together.
fn check_counts(table: &TableDefinition, indexes: &[Index]) -> Result<(), Definition> {
    if table.global.as_ref().is_some_and(Vec::is_empty) {
        return Err(Definition::EmptyList("GlobalSecondaryIndexes"));
    }
    if table.local.as_ref().is_some_and(|local| local.len() > LOCAL_INDEXES_MAX) {
        return Err(Definition::TooManyLocalIndexes);
    }
    if table.global.as_ref().is_some_and(|global| global.len() > GLOBAL_INDEXES_MAX) {
        return Err(Definition::TooManyGlobalIndexes);
    }
    check_projected(indexes)
}

/// Refuses indexes that together name too much. An attribute counts in each index that names it.
pub(crate) fn check_projected(indexes: &[Index]) -> Result<(), Definition> {
    let named = indexes.iter().map(|index| match &index.projection {
        Projection::Include(names) => names.len(),
        Projection::All | Projection::KeysOnly => 0,
    });
    if named.sum::<usize>() > PROJECTED_ATTRIBUTES_MAX {
        return Err(Definition::TooManyProjectedAttributes);
    }
    Ok(())
}

fn add(indexes: &mut Vec<Index>, index: Index) -> Result<(), Definition> {
    if indexes.iter().any(|other| other.name == index.name) {
        return Err(Definition::DuplicateIndex(index.name));
    }
    indexes.push(index);
    Ok(())
}

impl IndexDefinition {
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Checks a global index against the attributes that are defined.
    pub(crate) fn resolve_global(
        &self,
        definitions: &Definitions<'_>,
        billing: BillingMode,
    ) -> Result<Index, Invalid> {
        definitions.check(&self.key)?;
        check_global_roles(&self.key)?;
        let projection = self.projection.resolve()?;
        let name = || self.name.as_str().to_owned();
        let throughput = match (billing, self.throughput) {
            (BillingMode::OnDemand, Some(_)) => {
                return Err(Definition::IndexThroughputOnDemand(name()).into());
            }
            (BillingMode::Provisioned, None) => {
                return Err(Definition::NoIndexThroughput(name()).into());
            }
            (BillingMode::OnDemand, None) => Throughput::default(),
            (BillingMode::Provisioned, Some(units)) => units.check()?.throughput(),
        };
        let bounds = Bounds::create(
            (self.warm, self.limits),
            (billing, &throughput),
            &Owner::Index(name()),
        )?;
        Ok(Index { bounds, ..self.index(definitions, Reach::Global, projection, throughput) })
    }

    /// The index as far as its keys and its projection go.
    pub(crate) fn shape(
        &self,
        definitions: &Definitions<'_>,
        reach: Reach,
    ) -> Result<Index, Invalid> {
        definitions.check(&self.key)?;
        let projection = self.projection.resolve()?;
        Ok(self.index(definitions, reach, projection, Throughput::default()))
    }

    /// The throughput that is asked for, and the limits on demand.
    pub(crate) fn bounds(&self) -> (Option<Units>, Option<Limits>) {
        (self.throughput, self.limits)
    }

    fn resolve_local(
        &self,
        definitions: &Definitions<'_>,
        table_key: &str,
    ) -> Result<Index, Invalid> {
        definitions.check(&self.key)?;
        check_roles(&self.key)?;
        let index = || self.name.as_str().to_owned();
        let [partition_key, _] = self.key.as_slice() else {
            return Err(Definition::IndexWithoutSortKey(index()).into());
        };
        if partition_key.name != table_key {
            return Err(Definition::OtherPartitionKey {
                index: index(),
                index_key: partition_key.name.clone(),
                table_key: table_key.to_owned(),
            }
            .into());
        }
        let projection = self.projection.resolve()?;
        Ok(self.index(definitions, Reach::Local, projection, Throughput::default()))
    }

    fn index(
        &self,
        definitions: &Definitions<'_>,
        reach: Reach,
        projection: Projection,
        throughput: Throughput,
    ) -> Index {
        Index {
            id: 0,
            name: self.name.as_str().to_owned(),
            reach,
            partition_key: definitions.attributes(&self.key, Role::Hash),
            sort_key: definitions.attributes(&self.key, Role::Range),
            projection,
            throughput,
            is_backfilling: false,
            bounds: Bounds::default(),
        }
    }
}

impl ProjectionDefinition {
    fn resolve(&self) -> Result<Projection, Definition> {
        let Some(kind) = self.kind else { return Err(Definition::NoProjectionType) };
        match (kind, &self.names) {
            (ProjectionType::All, None) => Ok(Projection::All),
            (ProjectionType::KeysOnly, None) => Ok(Projection::KeysOnly),
            (ProjectionType::Include, None) => Err(Definition::NoNonKeyAttributes),
            (ProjectionType::All | ProjectionType::KeysOnly, Some(_)) => {
                Err(Definition::NonKeyAttributes(kind.name()))
            }
            (ProjectionType::Include, Some(names)) => {
                let mut seen = BTreeSet::new();
                match names.iter().find(|name| !seen.insert(*name)) {
                    Some(twice) => Err(Definition::DuplicateNonKeyAttribute(twice.clone())),
                    None => Ok(Projection::Include(names.clone())),
                }
            }
        }
    }
}

/// The attributes that a request defines, each once.
pub(crate) struct Definitions<'a>(&'a [KeyAttribute]);

impl<'a> Definitions<'a> {
    pub(crate) fn new(attributes: &'a [KeyAttribute]) -> Result<Self, Invalid> {
        let mut seen = BTreeSet::new();
        match attributes.iter().find(|attribute| !seen.insert(&attribute.name)) {
            Some(twice) => Err(Invalid::DuplicateDefinition(twice.name.clone())),
            None => Ok(Self(attributes)),
        }
    }

    /// Refuses a key with an attribute that is not defined.
    fn check(&self, key: &[KeyElement]) -> Result<(), Definition> {
        let is_defined = |element: &KeyElement| self.0.iter().any(|one| one.name == element.name);
        if key.iter().all(is_defined) {
            return Ok(());
        }
        let keys: Vec<_> = key.iter().map(|element| element.name.as_str()).collect();
        Err(Definition::Undefined { keys: short(keys.join(", ")), definitions: names(self.0) })
    }

    fn attributes(&self, key: &[KeyElement], role: Role) -> Vec<KeyAttribute> {
        let of_role = key.iter().filter(|element| element.role == role);
        of_role
            .filter_map(|element| self.0.iter().find(|one| one.name == element.name))
            .cloned()
            .collect()
    }

    fn table_key(
        &self,
        key: &[KeyElement],
    ) -> Result<(KeyAttribute, Option<KeyAttribute>), Invalid> {
        let partition_key =
            self.attributes(key, Role::Hash).pop().ok_or(Invalid::FirstKeyNotHash)?;
        Ok((partition_key, self.attributes(key, Role::Range).pop()))
    }
}

/// Names in the form in which messages list them.
pub(crate) fn names(attributes: &[KeyAttribute]) -> String {
    let names: Vec<_> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    short(names.join(", "))
}

/// The key of a table or a local index: one attribute, or two that differ.
fn check_roles(key: &[KeyElement]) -> Result<(), Invalid> {
    let mut elements = key.iter();
    let (first, second) = (elements.next(), elements.next());
    if let (Some(first), Some(second)) = (first, second)
        && first.name == second.name
    {
        return Err(Invalid::SameKeys);
    }
    if first.is_none_or(|first| first.role != Role::Hash) {
        return Err(Invalid::FirstKeyNotHash);
    }
    if second.is_some_and(|second| second.role != Role::Range) {
        return Err(Invalid::SecondKeyNotRange);
    }
    Ok(())
}

/// The key of a global index: up to four attributes on either side, the partition's first.
fn check_global_roles(key: &[KeyElement]) -> Result<(), Invalid> {
    let distinct: BTreeSet<_> = key.iter().map(|element| &element.name).collect();
    if distinct.len() < key.len() {
        return Err(if key.len() == 2 { Invalid::SameKeys } else { Invalid::RepeatedKey });
    }
    if key.first().is_none_or(|first| first.role != Role::Hash) {
        return Err(Invalid::FirstKeyNotHash);
    }
    if !key.is_sorted_by_key(|element| element.role == Role::Range) {
        return Err(Definition::KeyOrder.into());
    }
    for role in [Role::Hash, Role::Range] {
        let count = key.iter().filter(|element| element.role == role).count();
        if count > INDEX_KEY_ATTRIBUTES_MAX {
            return Err(Definition::TooManyKeyAttributes(role.name()).into());
        }
    }
    Ok(())
}
