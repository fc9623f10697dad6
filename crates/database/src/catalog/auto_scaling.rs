//! Auto scaling: by which rules provisioned throughput follows what is consumed. Kept in the table's row.
//!
//! Each throughput, that is the reads or the writes of the table or of a global index, has its own rules or none. The
//! texts and rules are those that were seen of the service, which takes targets from 10 % on where its documentation
//! says 20 %.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::json::Json;
use types::parameter::{Faults, Parameter, Path, Text, Whole, structure};

use crate::catalog::Table;
use crate::catalog::definition::BillingMode;
use crate::error::{Error, Scaling as Fault, Side};

/// Percent of what is provisioned that may be a target.
const TARGET_MIN: f64 = 10.0;
const TARGET_MAX: f64 = 90.0;
/// Characters of a policy's name, at most.
const NAME_CHARACTERS_MAX: usize = 256;
/// Characters of a role's ARN, at most.
const ROLE_CHARACTERS_MAX: usize = 1600;

/// Rules of a table, and of its global indexes by their names. An index that goes leaves its rules behind, as on
/// Amazon, for one of the same name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AutoScaling {
    pub(crate) table: Sides,
    pub(crate) indexes: BTreeMap<String, Sides>,
}

/// Rules of the reads and of the writes of a table or an index.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sides {
    pub(crate) read: Option<Rules>,
    pub(crate) write: Option<Rules>,
}

/// By which rules one throughput follows what is consumed of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rules {
    /// Units per second at the least.
    pub(crate) min: i64,
    /// And at the most.
    pub(crate) max: i64,
    /// The role to act as, where one was named: kept and described, without an effect.
    pub(crate) role: Option<String>,
    /// The policy's name, where one was named.
    pub(crate) policy: Option<String>,
    /// How much of what is provisioned should be consumed, in percent.
    pub(crate) target: f64,
    /// Seconds after any change in which nothing is taken away.
    pub(crate) scale_in_cooldown: Option<i64>,
    /// Seconds after an increase in which nothing more is added.
    pub(crate) scale_out_cooldown: Option<i64>,
    /// Whether nothing is ever taken away.
    pub(crate) disable_scale_in: Option<bool>,
}

impl AutoScaling {
    /// Whether there are no rules at all.
    pub(crate) fn is_empty(&self) -> bool {
        let is_empty = |sides: &Sides| sides.read.is_none() && sides.write.is_none();
        is_empty(&self.table) && self.indexes.values().all(is_empty)
    }
}

impl Sides {
    pub(crate) fn of(&self, side: Side) -> Option<&Rules> {
        match side {
            Side::Read => self.read.as_ref(),
            Side::Write => self.write.as_ref(),
        }
    }

    pub(crate) fn of_mut(&mut self, side: Side) -> &mut Option<Rules> {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// Changes the rules of one side.
    pub(crate) fn update(
        &mut self,
        side: Side,
        update: &RulesUpdate,
        table: &str,
    ) -> Result<(), Fault> {
        *self.of_mut(side) = update.rules(side, table)?;
        Ok(())
    }
}

/// `AutoScalingSettingsUpdate` of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RulesUpdate {
    min: Option<i64>,
    max: Option<i64>,
    is_disabled: bool,
    role: Option<String>,
    policy: Option<Policy>,
}

/// `AutoScalingPolicyUpdate` of a request.
#[derive(Debug, Clone, PartialEq, Default)]
struct Policy {
    name: Option<String>,
    tracking: Tracking,
}

/// `AutoScalingTargetTrackingScalingPolicyConfigurationUpdate` of a request.
#[derive(Debug, Clone, PartialEq, Default)]
struct Tracking {
    disable_scale_in: Option<bool>,
    scale_in_cooldown: Option<i64>,
    scale_out_cooldown: Option<i64>,
    target: f64,
}

/// A number with or without a fraction.
struct Double(f64);

impl Parameter<Error> for Double {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a percentage is small")]
        match json {
            Json::Integer(value) => Self(*value as f64),
            Json::Decimal(value) => Self(*value),
            // Whatever else it is has no place where a whole number has none.
            other @ (Json::Null
            | Json::Bool(_)
            | Json::String(_)
            | Json::Array(_)
            | Json::Object(_)) => {
                let _: Any = Any::read(other, path, faults);
                Self::placeholder()
            }
        }
    }

    fn placeholder() -> Self {
        Self(TARGET_MIN)
    }
}

/// Any number: the service takes cool-downs that make no sense.
type Any = Whole<{ i32::MIN as i64 }, { i32::MAX as i64 }>;
type Units = Whole<1, { i64::MAX }>;

impl Parameter<Error> for Tracking {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let disable_scale_in = parameters.optional("DisableScaleIn");
            let whole = |Whole(seconds): Any| seconds;
            let scale_in_cooldown = parameters.optional("ScaleInCooldown").map(whole);
            let scale_out_cooldown = parameters.optional("ScaleOutCooldown").map(whole);
            let Double(target) = parameters.required("TargetValue");
            Self { disable_scale_in, scale_in_cooldown, scale_out_cooldown, target }
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl Parameter<Error> for Policy {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let name = parameters.optional::<Text<1, NAME_CHARACTERS_MAX>>("PolicyName");
            let tracking = parameters.required("TargetTrackingScalingPolicyConfiguration");
            Self { name: name.map(|Text(name)| name), tracking }
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl Parameter<Error> for RulesUpdate {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let min = parameters.optional("MinimumUnits").map(|Whole(units): Units| units);
            let max = parameters.optional("MaximumUnits").map(|Whole(units): Units| units);
            let is_disabled = parameters.optional("AutoScalingDisabled").unwrap_or_default();
            let role = parameters.optional::<Text<1, ROLE_CHARACTERS_MAX>>("AutoScalingRoleArn");
            let policy = parameters.optional("ScalingPolicyUpdate");
            Self { min, max, is_disabled, role: role.map(|Text(role)| role), policy }
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl RulesUpdate {
    /// Whether these take rules away.
    pub(crate) fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// Whether these are rules.
    pub(crate) fn check(&self, side: Side, table: &str) -> Result<(), Fault> {
        self.rules(side, table).map(drop)
    }

    /// The rules that are asked for, in the place of whatever there was; `None` for no rules any more.
    pub(crate) fn rules(&self, side: Side, table: &str) -> Result<Option<Rules>, Fault> {
        let members = [
            ("MaximumUnits", self.max.is_some()),
            ("ScalingPolicyUpdate", self.policy.is_some()),
            ("MinimumUnits", self.min.is_some()),
        ];
        let named = |is_there: bool| {
            let members = members.iter().filter(|(_, is)| *is == is_there);
            members.map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ")
        };
        if self.is_disabled {
            let members = named(true);
            let table = table.to_owned();
            return if members.is_empty() {
                Ok(None)
            } else {
                Err(Fault::NotBlank { table, members })
            };
        }
        let (Some(min), Some(max), Some(policy)) = (self.min, self.max, &self.policy) else {
            return Err(Fault::Missing { table: table.to_owned(), members: named(false) });
        };
        let tracking = &policy.tracking;
        if max < min {
            return Err(Fault::MaximumBelowMinimum);
        }
        if !(TARGET_MIN..=TARGET_MAX).contains(&tracking.target) {
            return Err(Fault::Target { side, target: tracking.target });
        }
        Ok(Some(Rules {
            min,
            max,
            role: self.role.clone(),
            policy: policy.name.clone(),
            target: tracking.target,
            scale_in_cooldown: tracking.scale_in_cooldown,
            scale_out_cooldown: tracking.scale_out_cooldown,
            disable_scale_in: tracking.disable_scale_in,
        }))
    }
}

/// `AutoScalingSettingsDescription` of a reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RulesDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_units: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_units: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_scaling_disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_scaling_role_arn: Option<String>,
    scaling_policies: Vec<PolicyDescription>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDescription {
    policy_name: String,
    target_tracking_scaling_policy_configuration: TrackingDescription,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrackingDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_scale_in: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale_in_cooldown: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale_out_cooldown: Option<i64>,
    target_value: f64,
}

impl RulesDescription {
    /// Describes the rules of one side of a table or of an index. A table on demand keeps its rules, and has none
    /// that hold.
    pub(crate) fn new(
        table: &Table,
        index: Option<&str>,
        (side, rules): (Side, Option<&Rules>),
    ) -> Self {
        let is_off = rules.is_none() || table.billing.mode() == BillingMode::OnDemand;
        let policy = rules.map(|rules| PolicyDescription {
            policy_name: rules.policy.clone().unwrap_or_else(|| policy_name(table, index, side)),
            target_tracking_scaling_policy_configuration: TrackingDescription {
                disable_scale_in: rules.disable_scale_in,
                scale_in_cooldown: rules.scale_in_cooldown,
                scale_out_cooldown: rules.scale_out_cooldown,
                target_value: rules.target,
            },
        });
        let role = |rules: &Rules| rules.role.clone().unwrap_or_else(|| role_arn(&table.account));
        Self {
            minimum_units: rules.map(|rules| rules.min),
            maximum_units: rules.map(|rules| rules.max),
            auto_scaling_disabled: is_off.then_some(true),
            auto_scaling_role_arn: rules.map(role),
            scaling_policies: policy.into_iter().collect(),
        }
    }
}

fn policy_name(table: &Table, index: Option<&str>, side: Side) -> String {
    let index = index.map(|index| format!("/index/{index}")).unwrap_or_default();
    format!("DynamoDB{}CapacityUtilization:table/{}{index}", side.name(), table.name)
}

/// The role that the service makes for itself.
fn role_arn(account: &str) -> String {
    format!(
        "arn:aws:iam::{account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    )
}
