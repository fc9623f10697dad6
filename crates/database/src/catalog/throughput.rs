//! Changes of provisioned throughput, with their history, and of the limits on demand.

use crate::catalog::Table;
use crate::catalog::auto_scaling::{Rules, Sides};
use crate::catalog::definition::{BillingMode, Units};
use crate::catalog::describe::decreases_today;
use crate::catalog::table::Throughput;

/// Takes away the limits that go with billing on demand.
pub(crate) fn unlimit(table: &mut Table) {
    table.bounds.unlimit();
    table.indexes.iter_mut().for_each(|index| index.bounds.unlimit());
}

/// Sets a throughput, and keeps its history; `None` where it is the same already.
pub(crate) fn set(
    throughput: &mut Throughput,
    units: Units,
    (now_ms, was_on_demand): (u64, bool),
) -> Option<()> {
    let old = *throughput;
    (throughput.read, throughput.write) = (units.read, units.write);
    if was_on_demand {
        return Some(());
    }
    let (is_more, is_less) = (
        units.read > old.read || units.write > old.write,
        units.read < old.read || units.write < old.write,
    );
    if is_more {
        throughput.increased_ms = Some(now_ms);
    }
    if is_less {
        count_decrease(throughput, now_ms);
    }
    (is_more || is_less).then_some(())
}

/// Brings what is provisioned between the bounds of the rules of auto scaling, as it is when they are set.
pub(crate) fn confine(table: &mut Table, now_ms: u64) {
    if table.billing.mode() == BillingMode::OnDemand {
        return;
    }
    let clamp = |rules: Option<&Rules>, units: i64| {
        rules.map_or(units, |rules| units.clamp(rules.min, rules.max))
    };
    let confine = |throughput: &mut Throughput, sides: &Sides| {
        let Throughput { read, write, .. } = *throughput;
        let (read, write) = (clamp(sides.read.as_ref(), read), clamp(sides.write.as_ref(), write));
        set(throughput, Units { read, write }, (now_ms, false));
    };
    confine(&mut table.throughput, &table.auto_scaling.table);
    for index in table.indexes.iter_mut().filter(|index| index.is_global()) {
        if let Some(sides) = table.auto_scaling.indexes.get(&index.name) {
            confine(&mut index.throughput, sides);
        }
    }
}

fn count_decrease(throughput: &mut Throughput, now_ms: u64) {
    throughput.decreases_today = decreases_today(throughput, now_ms) + 1;
    throughput.decreased_ms = Some(now_ms);
}

/// A table that goes on demand has no throughput of its own any more. That counts as a decrease
/// of its indexes, and not of itself.
pub(crate) fn release(table: &mut Table, now_ms: u64) {
    (table.throughput.read, table.throughput.write) = (0, 0);
    for index in table.indexes.iter_mut().filter(|index| index.is_global()) {
        (index.throughput.read, index.throughput.write) = (0, 0);
        count_decrease(&mut index.throughput, now_ms);
    }
}
