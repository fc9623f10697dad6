//! What the shell gets from the program: completions that complete, and manual pages that say all that the help says.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the program prints when it succeeds.
#[track_caller]
fn pixii(arguments: &[&str]) -> String {
    let ended = Command::new(env!("CARGO_BIN_EXE_pixii")).args(arguments).output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{arguments:?}: {ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

/// Whether this machine has `program`; says so on standard error where it has not.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        // Not by the macro, whose output is shown for failures only.
        let line = format!("skipped: there is no {program} on this machine\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    found
}

/// What the help lists under `heading`: the first word of each line that is indented the least.
fn listed(help: &str, heading: &str) -> BTreeSet<String> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("        "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The program's commands and those below them, such as `user key create`, without the built-in `help`.
fn commands() -> BTreeSet<String> {
    let mut commands = BTreeSet::new();
    let mut rest = vec![String::new()];
    while let Some(above) = rest.pop() {
        let mut below = listed(&help(&above), "Commands:");
        below.remove("help");
        let below = below.iter().map(|name| format!("{above} {name}").trim_start().to_owned());
        rest.extend(below.clone());
        commands.extend(below);
    }
    assert!(commands.contains("serve") && commands.contains("user key create"), "{commands:?}");
    commands
}

/// The help of a command; of the program, where it is empty.
fn help(command: &str) -> String {
    let words = command.split(' ').filter(|word| !word.is_empty());
    pixii(&words.chain(["--help"]).collect::<Vec<_>>())
}

/// The long options of a command, with their dashes.
fn options(command: &str) -> BTreeSet<String> {
    let help = help(command);
    let words = help.split_once("Options:").unwrap().1.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line
            .split_once(", ")
            .filter(|(short, _)| short.len() == 2)
            .map_or(line, |(_, long)| long);
        line.starts_with("--").then(|| line.split([' ', '=', '[']).next())?
    });
    words.map(str::to_owned).collect()
}

#[test]
fn every_command_shows_examples_of_itself() {
    for command in commands() {
        let help = help(&command);
        let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command}"));
        assert!(examples.contains(&format!("pixii {command}")), "{command}: {examples}");
    }
}

/// What bash offers after `line`, whose last word is being typed.
fn bash_offers(line: &str) -> BTreeSet<String> {
    let script = r#"
        source "$1"; shift
        handler=$(complete -p pixii | sed 's/.*-F \([^ ]*\).*/\1/')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        "$handler" pixii "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("completions");
    fs::write(&path, pixii(&["completions", "bash"])).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash"]).arg(&path).args(line.split(' '));
    let ended = bash.output().unwrap();
    assert!(ended.stderr.is_empty(), "{ended:?}");
    let words = String::from_utf8(ended.stdout).unwrap();
    words.lines().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[track_caller]
fn check_offered(line: &str, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(bash_offers(line), expected, "after {line:?}");
}

#[test]
fn bash_completes_commands_options_and_values() {
    check_offered("pixii ser", &["serve"]);
    check_offered("pixii serve --data-", &[]);
    check_offered("pixii serve --in", &["--in-memory", "--insecure"]);
    check_offered("pixii serve --durability ", &["relaxed", "sync"]);
    check_offered("pixii query BatchG", &["BatchGetItem"]);
    check_offered("pixii query GetItem --end", &["--endpoint"]);
    check_offered("pixii completions z", &["zsh"]);
    check_offered("pixii man --o", &["--output"]);
    check_offered(
        "pixii query GetItem --output ",
        &["json", "plain", "jsonl", "csv", "table", "raw"],
    );
    check_offered(
        "pixii query GetItem --code ",
        &["aws-cli", "curl", "python", "javascript", "rust"],
    );
    check_offered("pixii connect de", &["default"]);
    check_offered("pixii import a --on-fault ", &["stop", "skip"]);
}

#[test]
fn bash_offers_every_command_and_every_option() {
    let offered = bash_offers("pixii ");
    for command in commands() {
        let is_below = command.contains(' ');
        assert!(is_below || offered.contains(&command), "{command} is not in {offered:?}");
        let offered = bash_offers(&format!("pixii {command} -"));
        for option in options(&command) {
            assert!(offered.contains(&option), "{command} {option} is not in {offered:?}");
        }
    }
}

#[test]
fn every_shell_has_a_script_that_knows_every_command_and_option() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = pixii(&["completions", shell]);
        for command in commands() {
            let name = command.split(' ').next_back().unwrap();
            assert!(script.contains(name), "{command} is unknown to {shell}");
            for option in options(&command) {
                let name = option.trim_start_matches('-');
                assert!(script.contains(name), "{command} {option} is unknown to {shell}");
            }
        }
    }
}

/// The file's text as a terminal shows it, in lines so long that nothing is hyphenated. None without groff.
fn rendered(page: &Path) -> Option<String> {
    if !has("groff") {
        return None;
    }
    let mut groff = Command::new("groff");
    groff.args(["-man", "-Tutf8", "-K", "utf8", "-ww", "-P-c", "-P-bou", "-rLL=400n"]).arg(page);
    let ended = groff.output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}: {ended:?}", page.display());
    Some(String::from_utf8(ended.stdout).unwrap())
}

/// The file of a command's manual page.
fn page_of(command: &str) -> String {
    format!("pixii-{}.1", command.replace(' ', "-"))
}

#[test]
fn a_manual_page_of_each_command_has_each_option() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    pixii(&["man", "--output", pages.to_str().unwrap()]);
    let mut expected: BTreeSet<String> =
        commands().iter().map(|command| page_of(command)).collect();
    expected.insert("pixii.1".to_owned());
    let written = fs::read_dir(&pages).unwrap();
    let written: BTreeSet<String> =
        written.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(written, expected);
    for command in commands() {
        let path = pages.join(page_of(&command));
        let source = fs::read_to_string(&path).unwrap();
        let text = rendered(&path);
        for option in options(&command) {
            let escaped = option.replace('-', "\\-");
            assert!(source.contains(&format!("\\fB{escaped}\\fR")), "{command} {option}");
            assert!(text.as_ref().is_none_or(|text| text.contains(&option)), "{command} {option}");
        }
        assert!(source.contains(".SH EXAMPLES"), "{command}");
    }
}

#[test]
fn the_programs_page_is_printed_with_its_commands_and_examples() {
    let page = pixii(&["man"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pixii.1");
    fs::write(&path, &page).unwrap();
    assert!(page.contains(".TH pixii 1") && page.contains(".SH EXAMPLES"), "{page}");
    let text = rendered(&path);
    for command in commands().iter().filter(|command| !command.contains(' ')) {
        assert!(page.contains(&format!("pixii\\-{command}(1)")), "{command}");
        assert!(text.as_ref().is_none_or(|text| text.contains(&format!("pixii-{command}(1)"))));
    }
    // An example is there to be copied: no line of it is filled, and its quotes stay straight.
    let example =
        r#"pixii query GetItem '{"TableName": "airports", "Key": {"iata": {"S": "JFK"}}}'"#;
    assert!(text.is_none_or(|text| text.lines().any(|line| line.trim() == example)));
}

#[test]
fn pages_that_cannot_be_written_are_an_error_that_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixii"));
    let ended = command.args(["man", "--output"]).arg(&file).output().unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(error.starts_with("pixii: ") && error.contains(file.to_str().unwrap()), "{error}");
}
