//! `ListTagsOfResource`: a table's tags, in the order of their keys.

use std::ops::Bound;

use serde::Serialize;
use storage::Reads;
use types::limit::TAGS_PAGE_MAX;

use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::catalog::tag::{Tag, Tags};
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, keys};

/// The request. The token of a page is the last key of the one before, so that a tag that comes
/// or goes in between disturbs no other.
pub(crate) struct ListTagsOfResource {
    resource: ResourceArn,
    token: Option<String>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListTagsOfResourceOutput {
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListTagsOfResource {
    const NAME: &'static str = "ListTagsOfResource";
    const ACCESS: Access = Access::Control;
    type Output = ListTagsOfResourceOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.table());
        Self { resource, token: parameters.optional("NextToken") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.resource.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListTagsOfResourceOutput> {
        let (scope, name) = self.resource.own_table(call)?;
        let view = database.view(Reads::Many).await?;
        if view.get(&keys::table(&scope, &name)).await?.is_none() {
            return Err(self.resource.not_found());
        }
        let Tags(all) = Tags::decode(view.get(&keys::tags(&scope, &name)).await?.as_ref())?;
        let start = self.token.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = all.range((start, Bound::Unbounded));
        let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
        let tags: Vec<_> = rest.by_ref().take(TAGS_PAGE_MAX).map(tag).collect();
        let next_token = rest.next().and_then(|_| Some(tags.last()?.key.clone()));
        Ok(ListTagsOfResourceOutput { tags, next_token })
    }
}
