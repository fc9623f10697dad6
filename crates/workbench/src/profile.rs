//! Profiles of the AWS tools: names for credentials and Regions, in two files of one's home folder.
//!
//! The files are found as those tools find them: `AWS_CONFIG_FILE` and
//! `AWS_SHARED_CREDENTIALS_FILE`, or `.aws/config` and `.aws/credentials` at home. What stands in
//! them (keys, a role and the profile to take it from, single sign-on, a program to ask) is
//! read by the AWS library, which also asks whom they name.

use std::io::ErrorKind;
use std::path::PathBuf;

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;

use crate::error::Error;

/// The profile that is meant where none is named.
pub(crate) const PROFILE_DEFAULT: &str = "default";
/// How like a name must be to a profile's to be taken for a slip of it, from 0 to 1.
const LIKENESS_MIN: f64 = 0.8;

/// A name for credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name.
    pub name: String,
    /// The Region that belongs to it.
    pub region: Option<String>,
}

/// The profiles there are, in the order of their names. `environment` gives the value of a
/// variable. Files that are absent have none.
///
/// # Errors
/// Where a file cannot be read, or has lines that are not understood.
pub async fn profiles(environment: impl Fn(&str) -> Option<String>) -> Result<Vec<Profile>, Error> {
    let files = Files::read(&environment)?;
    Ok(files.parse().await?.list())
}

/// The texts of both files, as far as there are any.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    config: String,
    credentials: String,
}

impl Files {
    pub(crate) fn read(environment: &impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let read = |variable: &str, name: &str| {
            let home = || environment("HOME").or_else(|| environment("USERPROFILE"));
            let path = environment(variable).map(PathBuf::from).or_else(|| {
                let mut path = PathBuf::from(home()?);
                path.extend([".aws", name]);
                Some(path)
            });
            let Some(path) = path else { return Ok(String::new()) };
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(text),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
                Err(source) => Err(Error::ProfileFile { path, source }),
            }
        };
        Ok(Self {
            config: read("AWS_CONFIG_FILE", "config")?,
            credentials: read("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
        })
    }

    fn library(&self) -> EnvConfigFiles {
        EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, self.config.clone())
            .with_contents(EnvConfigFileKind::Credentials, self.credentials.clone())
            .build()
    }

    pub(crate) async fn parse(&self) -> Result<Profiles, Error> {
        let nothing = Env::from_slice(&[]);
        aws_config::profile::load(&Fs::real(), &nothing, &self.library(), None)
            .await
            .map(Profiles)
            .map_err(|error| Error::ProfileSyntax(error.into()))
    }

    /// What gives the profile's credentials. `region` is where roles are taken on.
    pub(crate) fn provider(&self, name: &str, region: &str) -> ProfileFileCredentialsProvider {
        let configuration =
            ProviderConfig::without_region().with_region(Some(Region::new(region.to_owned())));
        ProfileFileCredentialsProvider::builder()
            .configure(&configuration)
            .profile_files(self.library())
            .profile_name(name)
            .build()
    }
}

/// What the files say.
#[derive(Debug, Clone)]
pub(crate) struct Profiles(ProfileSet);

impl Profiles {
    fn list(&self) -> Vec<Profile> {
        let mut profiles: Vec<Profile> = self
            .0
            .profiles()
            .map(|name| Profile { name: name.to_owned(), region: self.region(name) })
            .collect();
        profiles.sort_by(|one, other| one.name.cmp(&other.name));
        profiles
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get_profile(name).is_some()
    }

    pub(crate) fn region(&self, name: &str) -> Option<String> {
        self.0.get_profile(name)?.get("region").map(ToOwned::to_owned)
    }

    /// Whether somebody signs in for the profile, in a browser.
    pub(crate) fn signs_on(&self, name: &str) -> bool {
        let profile = self.0.get_profile(name);
        profile.is_some_and(|profile| {
            ["sso_session", "sso_start_url"].iter().any(|key| profile.get(key).is_some())
        })
    }

    /// The refusal of a profile that is not there.
    pub(crate) fn missing(&self, name: &str) -> Error {
        let near = self
            .0
            .profiles()
            .map(|known| (strsim::jaro_winkler(known, name), known))
            .filter(|(likeness, _)| LIKENESS_MIN <= *likeness)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, known)| known.to_owned());
        Error::ProfileMissing { profile: name.to_owned(), near }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-west-1\n[profile work]\nregion = ap-south-1\n\
                          [profile both]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = work\n\
                          [profile person]\nsso_session = s\n";
    const CREDENTIALS: &str = "[work]\naws_access_key_id = AKIA\naws_secret_access_key = hidden\n\
                               [only]\naws_access_key_id = AKIB\naws_secret_access_key = hidden\n";

    fn files() -> Files {
        Files { config: CONFIG.to_owned(), credentials: CREDENTIALS.to_owned() }
    }

    #[tokio::test]
    async fn the_profiles_of_both_files_are_listed_with_their_regions() {
        let listed = files().parse().await.unwrap().list();
        let listed: Vec<_> =
            listed.iter().map(|one| (one.name.as_str(), one.region.as_deref())).collect();
        assert_eq!(
            listed,
            [
                ("both", None),
                ("default", Some("eu-west-1")),
                ("only", None),
                ("person", None),
                ("work", Some("ap-south-1"))
            ]
        );
    }

    #[tokio::test]
    async fn files_are_found_as_the_aws_tools_find_them() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        std::fs::write(home.path().join(".aws/config"), "[profile a]\n").unwrap();
        std::fs::write(home.path().join("other"), "[b]\naws_access_key_id = A\n").unwrap();
        let path = home.path().to_str().unwrap().to_owned();
        let other = home.path().join("other").to_str().unwrap().to_owned();
        let names = async |variables: &[(&str, &str)]| {
            let find = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let profiles = profiles(find).await.unwrap();
            profiles.into_iter().map(|profile| profile.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[("HOME", &path)]).await, ["a"]);
        let file = ("AWS_SHARED_CREDENTIALS_FILE", other.as_str());
        assert_eq!(names(&[("HOME", &path), file]).await, ["a", "b"]);
        assert_eq!(names(&[("AWS_CONFIG_FILE", "/nowhere/at/all"), file]).await, ["b"]);
        assert!(names(&[]).await.is_empty());
    }

    #[tokio::test]
    async fn a_file_that_is_no_list_of_profiles_is_refused() {
        let files = Files { config: "[default\nx".to_owned(), credentials: String::new() };
        let error = files.parse().await.unwrap_err();
        assert!(error.to_string().starts_with("The AWS profiles could not be read: "), "{error}");
    }

    #[tokio::test]
    async fn a_near_miss_names_the_profile_that_was_meant() {
        let profiles = files().parse().await.unwrap();
        assert_eq!(
            profiles.missing("wrok").to_string(),
            "There is no AWS profile \"wrok\"; did you mean work?"
        );
        assert!(profiles.signs_on("person") && !profiles.signs_on("work"));
    }
}
