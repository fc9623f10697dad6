//! What the insights of a table or an index have to tell: for the console, and for whoever asks over HTTP.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Serialize;
use storage::{Reads, View};
use types::Item;

use crate::catalog::Table;
use crate::catalog::table::Index;
use crate::error::{Error, Result};
use crate::insights::contributor::attributes;
use crate::insights::list::List;
use crate::insights::sketch::Count;
use crate::insights::watch::Minute;
use crate::insights::{MINUTE_MS, MINUTES_MAX, Mode, Rule, Setting};
use crate::{Database, Scope, keys};

/// The most rows that are read at once.
const ROWS_MAX: usize = 64;
/// Keys that are told of each rule.
const CONTRIBUTORS_MAX: usize = 100;

/// What is asked of insights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightsQuery {
    /// Whose the table is: 12 digits.
    pub account: String,
    /// Where it is.
    pub region: String,
    /// Its name.
    pub table: String,
    /// One of its global indexes, or the table itself.
    pub index: Option<String>,
    /// How many minutes are looked at, the present one among them: at most a day.
    pub minutes: u64,
}

/// What insights have to tell of a table or an index.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Insights {
    table_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_name: Option<String>,
    contributor_insights_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributor_insights_mode: Option<&'static str>,
    rules: Vec<RuleReport>,
}

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleReport {
    rule_name: String,
    unit: &'static str,
    /// What all keys came to together.
    total: f64,
    contributors: Vec<Contributor>,
    minutes: Vec<MinuteReport>,
}

/// A key that came to much.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Contributor {
    key: Item,
    /// What it came to in those minutes of whose first hundred keys it was one: in each of them at the most that.
    value: f64,
    /// By how much that may be too high, in the same minutes.
    error_max: f64,
}

/// What a rule found in one minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MinuteReport {
    /// When the minute began, in seconds since 1970.
    time: u64,
    total: f64,
    max_contributor_value: f64,
}

impl Database {
    /// What insights have to tell of a table or an index.
    ///
    /// # Errors
    /// Where there is no such table or index, or the store cannot be read.
    pub async fn insights(&self, query: &InsightsQuery) -> Result<Insights> {
        let view = self.view(Reads::Many).await?;
        let scope = Scope { account: query.account.clone(), region: query.region.clone() };
        let key = keys::table(&scope, &query.table);
        let missing = || Error::TableNotFound(query.table.clone());
        let table = self.inner.catalog.table(&view, &key).await?.ok_or_else(missing)?;
        let index = table.insights_index(query.index.as_deref())?;
        let setting = table.insights.of(index).filter(|setting| setting.is_on);
        let minutes = self.minutes(&view, (&table, index), query.minutes).await?;
        let rule = |setting: Setting| {
            let rules = Rule::of(&table, index, setting.mode).into_iter();
            rules.map(|rule| RuleReport::new((&table, index), (rule, setting), &minutes)).collect()
        };
        Ok(Insights {
            table_name: table.name.clone(),
            index_name: index.map(|index| index.name.clone()),
            contributor_insights_status: if setting.is_some() { "ENABLED" } else { "DISABLED" },
            contributor_insights_mode: setting.map(|setting| Mode::name(setting.mode)),
            rules: setting.map(rule).unwrap_or_default(),
        })
    }

    /// The last minutes of a table or an index, the oldest first.
    async fn minutes(
        &self,
        view: &View,
        (table, index): (&Table, Option<&Index>),
        count: u64,
    ) -> Result<Vec<Minute>> {
        let id = index.map_or(table.id, |index| index.id);
        let now = self.inner.clock.now_ms() / MINUTE_MS;
        let first = now.saturating_sub(count.clamp(1, MINUTES_MAX) - 1);
        let row = |minute| Rule::ALL.map(|rule| (minute, rule));
        let wanted: Vec<(u64, Rule)> = (first..=now).flat_map(row).collect();
        let mut minutes: Vec<Minute> = Vec::new();
        let mut add = |minute, rule, list| match minutes.last_mut() {
            Some(last) if last.minute == minute => last.lists.push((rule, list)),
            Some(_) | None => minutes.push(Minute { minute, lists: vec![(rule, list)] }),
        };
        for wanted in wanted.chunks(ROWS_MAX) {
            let key = |(minute, rule): &(u64, Rule)| keys::insight(*minute, id, *rule as u8);
            let keys: Vec<Bytes> = wanted.iter().map(key).collect();
            for ((minute, rule), row) in wanted.iter().zip(view.get_many(&keys).await?) {
                if let Some(row) = row {
                    add(*minute, *rule, List::decode(&row)?);
                }
            }
        }
        let present = table.present_minutes(index).into_iter();
        minutes.extend(present.filter(|minute| first <= minute.minute));
        Ok(minutes)
    }
}

impl RuleReport {
    fn new(
        (table, index): (&Table, Option<&Index>),
        (rule, setting): (Rule, Setting),
        minutes: &[Minute],
    ) -> Self {
        let lists = minutes.iter().flat_map(|minute| {
            let lists = minute.lists.iter().filter(move |(other, _)| *other == rule);
            lists.map(|(_, list)| (minute.minute, list))
        });
        let unit = |value: u64| rule.units(value);
        let mut sums = HashMap::<&Bytes, Count>::new();
        let (mut total, mut reports) = (0, Vec::new());
        for (minute, list) in lists {
            total += list.total;
            let most = list.keys.first().map_or(0, |(_, count)| count.most);
            reports.push(MinuteReport {
                time: minute * MINUTE_MS / 1000,
                total: unit(list.total),
                max_contributor_value: unit(most),
            });
            for (key, count) in &list.keys {
                let sum = sums.entry(key).or_default();
                sum.most += count.most;
                sum.error += count.error;
            }
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by(|(a_key, a), (b_key, b)| b.most.cmp(&a.most).then_with(|| a_key.cmp(b_key)));
        let contributor = |(key, count): (&Bytes, Count)| {
            let key = attributes(table, index, key)?;
            Some(Contributor { key, value: unit(count.most), error_max: unit(count.error) })
        };
        Self {
            rule_name: rule.name(table, index, setting.since_ms),
            unit: if rule.is_of_throttles() { "ThrottleCount" } else { "ConsumedThroughputUnits" },
            total: unit(total),
            contributors: sums.into_iter().filter_map(contributor).take(CONTRIBUTORS_MAX).collect(),
            minutes: reports,
        }
    }
}
