//! Target tracking: what provisioned throughput should be, given what is consumed of it.
//!
//! As on Amazon, two minutes in a row above the target add units, and fifteen that are a fifth and more below it take
//! some away; either time to what puts the consumption of the last minute at the target.

use crate::catalog::auto_scaling::Rules;

/// Minutes in a row above the target before units are added.
const MINUTES_ABOVE: u32 = 2;
/// Minutes in a row below it before some are taken away.
const MINUTES_BELOW: u32 = 15;
/// How much of the target counts as below it.
const BELOW: f64 = 0.8;

/// What is remembered of one throughput from minute to minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Track {
    above: u32,
    below: u32,
    increased_ms: Option<u64>,
    changed_ms: Option<u64>,
}

impl Track {
    /// Takes note of a minute in which so many units a second were consumed. What should be provisioned from now on, if
    /// that is something else.
    pub(crate) fn next(
        &mut self,
        rules: &Rules,
        (provisioned, consumed): (i64, f64),
        now_ms: u64,
    ) -> Option<i64> {
        #[expect(clippy::cast_precision_loss, reason = "throughputs are far below 2⁵³")]
        let percent = consumed * 100.0 / provisioned.max(1) as f64;
        let (is_above, is_below) = (percent > rules.target, percent < rules.target * BELOW);
        self.above = if is_above { self.above.saturating_add(1) } else { 0 };
        self.below = if is_below { self.below.saturating_add(1) } else { 0 };
        #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
        let wanted = (consumed * 100.0 / rules.target).ceil() as i64;
        let wanted = wanted.clamp(rules.min, rules.max);
        let has_passed = |since_ms: Option<u64>, seconds: Option<i64>| {
            let wait_ms = u64::try_from(seconds.unwrap_or_default()).unwrap_or_default() * 1000;
            since_ms.is_none_or(|since_ms| since_ms.saturating_add(wait_ms) <= now_ms)
        };
        let may_add =
            self.above >= MINUTES_ABOVE && has_passed(self.increased_ms, rules.scale_out_cooldown);
        let may_take = self.below >= MINUTES_BELOW
            && rules.disable_scale_in != Some(true)
            && has_passed(self.changed_ms, rules.scale_in_cooldown);
        ((may_add && provisioned < wanted) || (may_take && wanted < provisioned)).then_some(wanted)
    }

    /// Takes note that a throughput was changed.
    pub(crate) fn changed(&mut self, is_more: bool, now_ms: u64) {
        self.changed_ms = Some(now_ms);
        if is_more {
            self.increased_ms = Some(now_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    fn rules() -> Rules {
        Rules {
            min: 5,
            max: 100,
            role: None,
            policy: None,
            target: 50.0,
            scale_in_cooldown: None,
            scale_out_cooldown: None,
            disable_scale_in: None,
        }
    }

    /// The units provisioned after each of some minutes with so many units a second consumed.
    fn follow(rules: &Rules, provisioned: i64, consumed: &[f64]) -> Vec<i64> {
        let (mut track, mut provisioned) = (Track::default(), provisioned);
        let minute = |(minute, consumed): (u64, &f64)| {
            let now_ms = minute * MINUTE_MS;
            if let Some(units) = track.next(rules, (provisioned, *consumed), now_ms) {
                track.changed(units > provisioned, now_ms);
                provisioned = units;
            }
            provisioned
        };
        (0..).zip(consumed).map(minute).collect()
    }

    #[test]
    fn two_minutes_above_the_target_add_what_is_needed_at_once() {
        assert_eq!(follow(&rules(), 10, &[4.0, 6.0, 4.0, 20.0, 20.0]), [10, 10, 10, 10, 40]);
        assert_eq!(follow(&rules(), 10, &[900.0, 900.0, 900.0]), [10, 100, 100]);
    }

    #[test]
    fn fifteen_minutes_below_the_target_take_away_what_is_too_much() {
        let mut consumed = vec![10.0; 14];
        consumed.extend([15.0, 1.0]);
        assert_eq!(follow(&rules(), 100, &consumed)[13..], [100, 30, 5]);
        assert_eq!(follow(&rules(), 100, &[0.0; 15])[13..], [100, 5]);
        let kept = Rules { disable_scale_in: Some(true), ..rules() };
        assert_eq!(follow(&kept, 100, &[0.0; 20])[19], 100);
    }

    #[test]
    fn what_is_a_little_below_the_target_stays() {
        assert_eq!(follow(&rules(), 100, &[45.0; 40])[39], 100);
    }

    #[test]
    fn cool_downs_are_waited_for() {
        let slow = Rules { scale_out_cooldown: Some(180), ..rules() };
        let consumed = [10.0, 10.0, 30.0, 30.0, 30.0, 30.0];
        assert_eq!(follow(&slow, 10, &consumed), [10, 20, 20, 20, 60, 60]);
        assert_eq!(follow(&rules(), 10, &consumed)[2], 60);
        let slow = Rules { scale_in_cooldown: Some(20 * 60), ..rules() };
        let mut consumed = vec![10.0; 2];
        consumed.extend([0.0; 25]);
        let followed = follow(&slow, 10, &consumed);
        assert_eq!((followed[20], followed[21]), (20, 5));
    }
}
