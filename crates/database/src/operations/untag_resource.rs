//! `UntagResource`: takes tags from a table. One that is not there is no error.

use types::limit::TAGS_MAX;
use types::parameter::List;

use super::tag_resource::{Done, change_tags, missing};
use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::catalog::tag::check_key;
use crate::error::{self, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct UntagResource {
    resource: ResourceArn,
    keys: Vec<String>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const ACCESS: Access = Access::Control;
    type Output = Done;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.table());
        let List(keys) = parameters.required::<List<String, 0, { usize::MAX }>>("TagKeys");
        if keys.is_empty() {
            parameters.refuse(missing("Tag Key"));
        }
        if keys.len() > TAGS_MAX {
            parameters.refuse(error::Tag::TooMany);
        }
        for key in &keys {
            parameters.check(check_key(key));
        }
        Self { resource, keys }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.resource.0).tags(self.keys.iter().map(|key| (key.clone(), None)));
    }

    async fn run(self, database: &Database, call: &Call) -> Result<Done> {
        change_tags(database, call, &self.resource, |tags| {
            self.keys.iter().for_each(|key| drop(tags.0.remove(key)));
            Ok(())
        })
        .await
    }
}
