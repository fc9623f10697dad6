//! `TagResource`: gives a table tags, over those with the same keys.

use serde::Serialize;
use types::parameter::List;

use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::catalog::change::{Writes, change};
use crate::catalog::tag::{Tag, TagList, Tags};
use crate::error::{self, Error, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, keys};

/// The request.
pub(crate) struct TagResource {
    resource: ResourceArn,
    tags: Vec<Tag>,
}

/// The reply, which says nothing.
#[derive(Serialize)]
pub(crate) struct Done {}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const ACCESS: Access = Access::Control;
    type Output = Done;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.table());
        let List(tags) = parameters.required::<TagList>("Tags");
        if tags.is_empty() {
            parameters.refuse(missing("Tag"));
        }
        Self { resource, tags }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        let tags = self.tags.iter().map(|tag| (tag.key.clone(), Some(tag.value.clone())));
        needs.arn(&self.resource.0).tags(tags);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<Done> {
        change_tags(database, call, &self.resource, |tags| tags.add(&self.tags)).await
    }
}

/// The error of a list of tags or keys with nothing in it.
pub(super) fn missing(what: &'static str) -> Error {
    error::Tag::Missing(what).into()
}

/// Changes the tags of a table.
pub(super) async fn change_tags(
    database: &Database,
    call: &Call,
    resource: &ResourceArn,
    edit: impl Fn(&mut Tags) -> Result<(), error::Tag>,
) -> Result<Done> {
    let (scope, name) = resource.own_table(call)?;
    let (row_key, tags_key) = (keys::table(&scope, &name), keys::tags(&scope, &name));
    change(database, [row_key, tags_key.clone()], |[table, row]| -> Result<(Writes, Done)> {
        if table.is_none() {
            return Err(resource.not_found());
        }
        let mut tags = Tags::decode(row.as_ref())?;
        edit(&mut tags)?;
        Ok((vec![(tags_key.clone(), tags.encode())], Done {}))
    })
    .await
}
