//! Bounds of throughput: what a table or a global index is ready for at the least, its warm
//! throughput, and what it is to serve at most while it is on demand. Both are kept and
//! described; they count where throughput is enforced.
//!
//! Warm throughput never becomes less. It is as high as the highest units that were ever asked for,
//! and on demand at least what everything on demand begins with.

use serde::{Deserialize, Serialize};
use types::json::Json;
use types::parameter::{Faults, Parameter, Path, Whole, structure};

use crate::catalog::definition::BillingMode;
use crate::catalog::table::Throughput;
use crate::error::{Error, Owner, Setting};

/// What anything on demand is ready for, in units per second.
const INITIAL: (i64, i64) = (12_000, 4000);
/// The limit that removes a limit.
pub(crate) const NO_LIMIT: i64 = -1;

const READ_MAX: &str = "MaxReadRequestUnits";
const WRITE_MAX: &str = "MaxWriteRequestUnits";
const WARM_READ: &str = "ReadUnitsPerSecond";
const WARM_WRITE: &str = "WriteUnitsPerSecond";

/// Bounds as they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Bounds {
    /// What it was ever ready for, read units per second, beside what follows from its billing.
    pub(crate) warm_read: i64,
    pub(crate) warm_write: i64,
    /// Read units per second at most, on demand.
    pub(crate) read_max: Option<i64>,
    pub(crate) write_max: Option<i64>,
}

/// `WarmThroughput` of a request: one of its members is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Warm {
    read: Option<i64>,
    write: Option<i64>,
}

/// `OnDemandThroughput` of a request: one of its members is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    read: Option<i64>,
    write: Option<i64>,
}

/// Any number that a request may have: what it may be depends on the table.
type Any = Whole<{ i64::MIN }, { i64::MAX }>;

impl Parameter<Error> for Warm {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            read: parameters.optional::<Any>(WARM_READ).map(|Whole(units)| units),
            write: parameters.optional::<Any>(WARM_WRITE).map(|Whole(units)| units),
        })
    }

    fn placeholder() -> Self {
        Self { read: None, write: None }
    }
}

impl Parameter<Error> for Limits {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            read: parameters.optional::<Any>(READ_MAX).map(|Whole(units)| units),
            write: parameters.optional::<Any>(WRITE_MAX).map(|Whole(units)| units),
        })
    }

    fn placeholder() -> Self {
        Self { read: None, write: None }
    }
}

impl Warm {
    /// Whether it names no units: the service takes it for absent.
    pub(crate) fn is_empty(&self) -> bool {
        self.read.is_none() && self.write.is_none()
    }

    /// The units that it names, each with its member and what there is in their place.
    fn named(self, (read, write): (i64, i64)) -> impl Iterator<Item = (&'static str, i64, i64)> {
        let read = self.read.map(|units| (WARM_READ, units, read));
        read.into_iter().chain(self.write.map(|units| (WARM_WRITE, units, write)))
    }
}

impl Limits {
    /// Whether it names no units: the service takes it for absent.
    pub(crate) fn is_empty(&self) -> bool {
        self.read.is_none() && self.write.is_none()
    }

    fn named(self) -> impl Iterator<Item = (&'static str, i64)> {
        let read = self.read.map(|units| (READ_MAX, units));
        read.into_iter().chain(self.write.map(|units| (WRITE_MAX, units)))
    }

    /// Refuses limits of what is provisioned.
    pub(crate) fn check_provisioned(self, owner: &Owner) -> Result<(), Setting> {
        match self.named().next() {
            Some((member, _)) => Err(Setting::LimitOfProvisioned { member, owner: owner.clone() }),
            None => Ok(()),
        }
    }
}

/// What follows from a billing mode and the units provisioned: what there is at the least.
fn floor(billing: BillingMode, throughput: &Throughput) -> (i64, i64) {
    match billing {
        BillingMode::OnDemand => INITIAL,
        BillingMode::Provisioned => (throughput.read, throughput.write),
    }
}

impl Bounds {
    /// The bounds of what is created.
    pub(crate) fn create(
        (warm, limits): (Option<Warm>, Option<Limits>),
        (billing, throughput): (BillingMode, &Throughput),
        owner: &Owner,
    ) -> Result<Self, Setting> {
        let mut bounds = Self::default();
        if let Some(limits) = limits {
            let owner = || owner.clone();
            for (member, units) in limits.named() {
                if billing == BillingMode::Provisioned {
                    return Err(Setting::LimitOfNewProvisioned { member, owner: owner() });
                }
                if units < 1 {
                    return Err(Setting::LimitOutOfRange { member, owner: owner() });
                }
            }
            (bounds.read_max, bounds.write_max) = (limits.read, limits.write);
        }
        if let Some(warm) = warm.filter(|warm| !warm.is_empty()) {
            let floor = floor(billing, throughput);
            check_initial(warm, floor, (billing, owner))?;
            bounds.warm_read = warm.read.unwrap_or(floor.0);
            bounds.warm_write = warm.write.unwrap_or(floor.1);
        }
        Ok(bounds)
    }

    /// What it is ready for, read and write units per second.
    pub(crate) fn warm(&self, billing: BillingMode, throughput: &Throughput) -> (i64, i64) {
        let (read, write) = floor(billing, throughput);
        (read.max(self.warm_read), write.max(self.warm_write))
    }

    /// Keeps what it was ready for before its billing or its units changed.
    pub(crate) fn keep_warm(&mut self, (read, write): (i64, i64)) {
        self.warm_read = self.warm_read.max(read);
        self.warm_write = self.warm_write.max(write);
    }

    /// Makes it ready for more than `current`.
    pub(crate) fn warm_up(
        &mut self,
        warm: Warm,
        current: (i64, i64),
        owner: &Owner,
    ) -> Result<(), Setting> {
        if let Some((member, ..)) = warm.named(current).find(|(_, units, current)| units < current)
        {
            return Err(Setting::WarmDecreased { member, owner: owner.clone() });
        }
        self.keep_warm(current);
        self.keep_warm((warm.read.unwrap_or_default(), warm.write.unwrap_or_default()));
        Ok(())
    }

    /// Changes the limits that are named.
    pub(crate) fn limit(&mut self, limits: Limits, owner: &Owner) -> Result<(), Setting> {
        let is_wrong = |units: i64| units < 1 && units != NO_LIMIT;
        if let Some((member, _)) = limits.named().find(|(_, units)| is_wrong(*units)) {
            return Err(Setting::LimitOutOfRange { member, owner: owner.clone() });
        }
        *self = self.shown(limits);
        self.read_max = self.read_max.filter(|units| *units != NO_LIMIT);
        self.write_max = self.write_max.filter(|units| *units != NO_LIMIT);
        Ok(())
    }

    /// Forgets the limits, which go with billing on demand.
    pub(crate) fn unlimit(&mut self) {
        (self.read_max, self.write_max) = (None, None);
    }

    /// The bounds as the reply to a change of the limits shows them: -1 where one was removed.
    pub(crate) fn shown(&self, limits: Limits) -> Self {
        Self {
            read_max: limits.read.or(self.read_max),
            write_max: limits.write.or(self.write_max),
            ..*self
        }
    }
}

/// Refuses warm throughput below what there would be without it.
fn check_initial(
    warm: Warm,
    floor: (i64, i64),
    (billing, owner): (BillingMode, &Owner),
) -> Result<(), Setting> {
    let Some((member, ..)) = warm.named(floor).find(|(_, units, floor)| units < floor) else {
        return Ok(());
    };
    let owner = owner.clone();
    let provisioned = if member == WARM_READ { "ReadCapacityUnits" } else { "WriteCapacityUnits" };
    Err(match billing {
        BillingMode::OnDemand => Setting::WarmBelowInitial { member, owner },
        BillingMode::Provisioned => Setting::WarmBelowProvisioned { member, owner, provisioned },
    })
}
