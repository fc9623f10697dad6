//! What may be mended in a query at the price of changing what it asks: for the user to accept, never done by itself.
//!
//! Each kind of repair is a file. Each looks at the body as written and at what is known of its tables, and gives fixes
//! whose texts are the user's own with as little changed as can be.

mod backup;
mod expression;
mod global;
mod key;
mod restore;
mod table;

use jsonc_parser::ast::{Object, Value};

use crate::command::Command;
use crate::edit::{self, Edit};
use crate::finding::{Fix, FixStep, Problem};
use crate::reply::Refusal;
use crate::schema::Tables;
use crate::site::Site;

pub(crate) use backup::{Backup, table_instead};
pub(crate) use global::Group;
pub(crate) use restore::Window;

/// A query, and all that is known about what it asks for.
pub(crate) struct Asked<'a> {
    pub(crate) command: Command,
    /// With the values of its parameters.
    pub(crate) text: &'a str,
    /// What puts `{{ bindings }}` back in the place of their values.
    pub(crate) unbind: &'a [Edit],
    pub(crate) root: &'a Value<'a>,
    pub(crate) sites: &'a [Site<'a>],
    pub(crate) tables: &'a Tables,
    pub(crate) found: &'a Found,
    /// What the service said, if it was asked already.
    pub(crate) refusal: Option<&'a Refusal>,
    pub(crate) region: &'a str,
}

/// What was looked up because of what a query asks for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The backups of the table that is named where a backup should be, the newest first.
    pub(crate) backups: Option<Vec<Backup>>,
    /// When the table may be restored to.
    pub(crate) window: Option<Window>,
    /// The legacy global table of the name that is asked for.
    pub(crate) group: Option<Group>,
    /// The names of tables, where one was not found.
    pub(crate) names: Vec<String>,
}

impl<'a> Asked<'a> {
    pub(crate) fn object(&self) -> Option<&'a Object<'a>> {
        self.root.as_object()
    }

    /// The text of a member at the top.
    pub(crate) fn string(&self, name: &str) -> Option<&'a str> {
        self.object()?.get_string(name).map(|literal| &*literal.value)
    }

    /// The query with these changes, as a fix's only step. Its bindings stay, but for those in what is changed.
    pub(crate) fn step(&self, mut edits: Vec<Edit>) -> Vec<FixStep> {
        edits.extend_from_slice(self.unbind);
        vec![FixStep { command: self.command, text: edit::apply(self.text, edits) }]
    }

    /// The query as it is, after others.
    pub(crate) fn after(&self, steps: Vec<FixStep>) -> Vec<FixStep> {
        steps.into_iter().chain(self.step(Vec::new())).collect()
    }

    /// Whether the service refused it with this exception, and this in its message.
    pub(crate) fn was_refused(&self, exception: &str, part: &str) -> bool {
        self.refusal
            .is_some_and(|refusal| refusal.exception == exception && refusal.message.contains(part))
    }
}

/// What there is to offer, and what there is to say besides.
#[derive(Default)]
pub(crate) struct Offer {
    pub(crate) fixes: Vec<Fix>,
    pub(crate) problems: Vec<Problem>,
}

/// All that may be mended in a query.
pub(crate) fn offer(asked: &Asked<'_>) -> Offer {
    let mut offer = Offer::default();
    expression::offer(asked, &mut offer);
    key::offer(asked, &mut offer);
    table::offer(asked, &mut offer);
    backup::offer(asked, &mut offer);
    restore::offer(asked, &mut offer);
    global::offer(asked, &mut offer);
    offer
}

/// A command of the service, by the name that it surely has.
fn command(name: &'static str) -> Command {
    name.parse().expect("the service has this command")
}
