//! Callers whose requests carry no signature: who has signed in to the console, and whom a saved query acts as.
//!
//! They have shown a key's secret once. What is kept of that is no secret, and ends with the key: it names the key, and
//! marks the secret that it had.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::{Caller, Principals, Who};

/// A key whose secret was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bearer {
    key_id: String,
    mark: [u8; 8],
    /// Of a session, its token. It is never stored.
    #[serde(skip)]
    token: Option<String>,
}

impl Bearer {
    /// Whether it is a session, which ends by itself.
    pub(crate) fn is_passing(&self) -> bool {
        self.token.is_some()
    }
}

impl Principals {
    /// Believes who shows the secret of a key, or of a session that has a token.
    ///
    /// # Errors
    /// Why that is not believed.
    pub(crate) fn sign_in(
        &self,
        key_id: &str,
        secret: &str,
        token: Option<&str>,
    ) -> Result<Bearer, auth::Error> {
        let (is_right, mark) = if let Some(token) = token {
            let (session, _) = self.session(key_id, token)?;
            session.check_time(self.clock.now_ms())?;
            (session.secret.is(secret), session.secret.mark())
        } else {
            let key = self.key(key_id).ok_or(auth::Error::UnknownKey)?;
            (key.secret.is(secret), key.secret.mark())
        };
        let bearer =
            Bearer { key_id: key_id.to_owned(), mark, token: token.map(ToOwned::to_owned) };
        if is_right { Ok(bearer) } else { Err(auth::Error::Mismatch) }
    }

    /// The caller that a key stands for, in a Region.
    ///
    /// # Errors
    /// Where the key is gone, switched off, or has another secret.
    pub(crate) fn bearer(&self, bearer: &Bearer, region: &str) -> Result<Caller, auth::Error> {
        let is_same =
            |mark| if mark == bearer.mark { Ok(()) } else { Err(auth::Error::UnknownKey) };
        let (who, account) = if let Some(token) = &bearer.token {
            let (session, source) = self.session(&bearer.key_id, token)?;
            session.check_time(self.clock.now_ms())?;
            is_same(session.secret.mark())?;
            let account = session.principal.account.clone();
            source.usage.used_ms.store(self.clock.now_ms(), Ordering::Relaxed);
            (Who::Session(session, source), account)
        } else {
            let key = self.key(&bearer.key_id).ok_or(auth::Error::UnknownKey)?;
            is_same(key.secret.mark())?;
            let account = key.principal().account.clone();
            key.usage.used_ms.store(self.clock.now_ms(), Ordering::Relaxed);
            (Who::Key(key), account)
        };
        Ok(Caller { account, region: region.to_owned(), who })
    }
}
