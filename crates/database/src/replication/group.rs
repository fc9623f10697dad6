//! A group of replicas: what all of them agree on in the end.
//!
//! Each part carries when and where it was changed, and of two that meet the later one stays. So it does not matter
//! who hears of a change first, or whether two Regions changed something while they could not reach each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Table;
use crate::replication::settings::{Overrides, Shared};
use crate::replication::stamp;
use crate::replication::version::Version;

/// Which rules a group goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum GlobalTableVersion {
    /// 2017.11.29: made of tables that there were, each with settings of its own.
    Legacy,
    /// 2019.11.21: grown from one table, with settings in common.
    Current,
}

/// Something with the time and the Region of its last change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stamped<T> {
    pub(crate) value: T,
    pub(crate) at: Version,
}

impl<T: Clone> Stamped<T> {
    pub(crate) fn new(value: T, at: Version) -> Self {
        Self { value, at }
    }

    /// Takes over what is later.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.at < other.at {
            self.clone_from(other);
        }
    }

    /// Changes it in a Region.
    pub(crate) fn set(&mut self, value: T, region: &str, now_ms: u64) {
        *self = Self { value, at: stamp(&self.at, region, now_ms) };
    }
}

/// A replica's part in its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) presence: Stamped<Presence>,
    /// In what it differs from the settings in common.
    pub(crate) overrides: Stamped<Overrides>,
}

/// Whether a Region has a replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Presence {
    pub(crate) state: State,
    /// Since when, in milliseconds since 1970.
    pub(crate) since_ms: u64,
    /// The Region that fills it; of a table that was there before, its own.
    pub(crate) source: String,
    /// The number for clients of the table that is to become a replica, if it was there before.
    pub(crate) table: Option<String>,
}

/// What a replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Creating,
    Active,
    /// There is none any more.
    Removed,
}

/// A group of replicas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) version: GlobalTableVersion,
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
    /// By their Regions, also those that were.
    pub(crate) members: BTreeMap<String, Member>,
    pub(crate) shared: Shared,
}

impl Group {
    /// A group without members, with the settings of a table.
    pub(crate) fn new(version: GlobalTableVersion, table: &Table, now_ms: u64) -> Self {
        let at = Version { time: Version::time_at(now_ms), region: table.region.clone() };
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            version,
            created_ms: now_ms,
            members: BTreeMap::new(),
            shared: Shared::of(table, &at),
        }
    }

    /// Adds or changes a member, in a Region.
    pub(crate) fn set(&mut self, region: &str, presence: Presence, own: &str, now_ms: u64) {
        if let Some(member) = self.members.get_mut(region) {
            let is_new = member.presence.value.state == State::Removed;
            if is_new {
                member.overrides.set(Overrides::default(), own, now_ms);
            }
            member.presence.set(presence, own, now_ms);
            return;
        }
        let at = stamp(&Version::oldest(), own, now_ms);
        let member = Member {
            presence: Stamped::new(presence, at.clone()),
            overrides: Stamped::new(Overrides::default(), at),
        };
        self.members.insert(region.to_owned(), member);
    }

    /// Changes what a member is, in a Region.
    pub(crate) fn set_state(&mut self, region: &str, state: State, own: &str, now_ms: u64) {
        if let Some(member) = self.members.get_mut(region) {
            let presence = Presence { state, ..member.presence.value.clone() };
            member.presence.set(presence, own, now_ms);
        }
    }

    /// Keeps a member that has left as it was before, whatever was merged since.
    pub(crate) fn set_removed(&mut self, own: &str, before: &Self) {
        if let (Some(member), Some(was)) = (self.members.get_mut(own), before.members.get(own))
            && member.presence.value.state != State::Removed
        {
            member.clone_from(was);
        }
    }

    /// Whether a Region has removed another member, as far as is known.
    pub(crate) fn has_removed(&self, own: &str) -> bool {
        self.members.iter().any(|(region, member)| {
            let presence = &member.presence;
            region != own && presence.value.state == State::Removed && presence.at.region == own
        })
    }

    /// Notes in its own Region that a member is there, as it was to be. Whoever asks for something else wins over that.
    pub(crate) fn confirm(&mut self, own: &str) {
        if let Some(member) = self.members.get_mut(own) {
            let at = Version { time: member.presence.at.time + 1, region: own.to_owned() };
            let presence = Presence { state: State::Active, ..member.presence.value.clone() };
            member.presence = Stamped::new(presence, at);
        }
    }

    /// The members that there are, oldest first.
    pub(crate) fn present(&self) -> impl Iterator<Item = (&String, &Member)> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.retain(|(_, member)| member.presence.value.state != State::Removed);
        members.sort_by_key(|(_, member)| member.presence.value.since_ms);
        members.into_iter()
    }

    /// Whether a Region has a member.
    pub(crate) fn has(&self, region: &str) -> bool {
        self.state(region).is_some_and(|state| state != State::Removed)
    }

    /// Whether a new replica is being filled from a Region.
    pub(crate) fn is_filling(&self, region: &str) -> bool {
        let is_of = |member: &Member| {
            let Presence { state, source, .. } = &member.presence.value;
            *state == State::Creating && source == region
        };
        self.version == GlobalTableVersion::Current && self.present().any(|(_, one)| is_of(one))
    }

    pub(crate) fn state(&self, region: &str) -> Option<State> {
        self.members.get(region).map(|member| member.presence.value.state)
    }

    /// Takes over whatever of another account of the same group is later.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (region, member) in &other.members {
            match self.members.get_mut(region) {
                Some(own) => {
                    own.presence.merge(&member.presence);
                    own.overrides.merge(&member.overrides);
                }
                None => {
                    self.members.insert(region.clone(), member.clone());
                }
            }
        }
        self.shared.merge(&other.shared);
    }
}
