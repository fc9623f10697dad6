//! Projections: paths with commas between.

use super::parse;
use crate::error::{Error, Kind};
use crate::paths::Paths;
use crate::placeholder::Placeholders;
use crate::project::Projection;

/// Reads a `ProjectionExpression`.
///
/// # Errors
/// Where the text is not one, or its paths do not go together.
pub fn parse_projection(text: &str, placeholders: &mut Placeholders) -> Result<Projection, Error> {
    parse(Kind::Projection, text, placeholders, |parser| {
        let mut paths = Paths::default();
        for path in parser.separated(super::Parser::path)? {
            parser.check(paths.insert(path));
        }
        Ok(Projection::new(paths))
    })
}
