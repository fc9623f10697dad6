//! Faults of the disk, and folders that are not as they should be.
//!
//! A library that is loaded into the server before its own stands between it and its files, and makes
//! syncs hang or fail, the disk full, and reads and writes fail.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that fails here has failed")]

mod client;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::json;

use client::{Client, Reply, table};
use server::{Server, serve};

/// How often something is looked for until it is there, with a pause before each look.
const LOOKS_MAX: u32 = 6000;
const PAUSE: Duration = Duration::from_millis(10);

/// What the files of a server suffer.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// A disk without faults.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Asked at run time: what is built may be run from another checkout.
        let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
        let source = package.join("tests/faults/sync.c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let library = folder.path().join("sync.so");
        let status = Command::new(compiler)
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror"])
            .arg(source)
            .arg("-o")
            .arg(library)
            .status()
            .unwrap();
        assert!(status.success());
        Self { folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn fault_file(&self) -> PathBuf {
        self.folder.path().join("fault")
    }

    /// A server that would start with its data on this disk.
    fn command(&self) -> Command {
        let mut command = serve(&self.data());
        command
            .env("LD_PRELOAD", self.folder.path().join("sync.so"))
            .env("PIXII_FAULT", self.fault_file())
            .env("PIXII_FAULT_FOLDER", self.data());
        command
    }

    /// From now on, every sync hangs or fails, there is no room, or reads or writes fail.
    fn suffer(&self, fault: &str) {
        // In one step: the file is read at any time.
        let new = self.folder.path().join("fault.new");
        fs::write(&new, fault).unwrap();
        fs::rename(new, self.fault_file()).unwrap();
    }

    fn heal(&self) {
        fs::remove_file(self.fault_file()).unwrap();
    }

    fn wait_until_a_sync_hangs(&self) {
        let hangs = self.folder.path().join("fault.hangs");
        let is_there = (0..LOOKS_MAX).any(|_| {
            thread::sleep(PAUSE);
            hangs.exists()
        });
        assert!(is_there, "no sync hangs");
    }
}

fn connect(server: &Server) -> Client {
    Client::new(server.address).unwrap()
}

fn create(client: &mut Client) {
    client.done("CreateTable", &table("songs"));
}

fn put(client: &mut Client, key: &str) -> Reply {
    client.ask("PutItem", &json!({"TableName": "songs", "Item": {"pk": {"S": key}}})).unwrap()
}

#[track_caller]
fn put_all(client: &mut Client, keys: &[&str]) {
    for key in keys {
        assert_eq!(put(client, key).status, 200);
    }
}

fn is_there(client: &mut Client, key: &str) -> bool {
    let get = json!({"TableName": "songs", "Key": {"pk": {"S": key}}, "ConsistentRead": true});
    client.done("GetItem", &get).get("Item").is_some()
}

/// The keys of all items, in their order.
fn keys(client: &mut Client) -> Vec<String> {
    let items = client.scan(&json!({"TableName": "songs"}));
    let mut keys: Vec<_> =
        items.iter().map(|item| item["pk"]["S"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn what_is_not_synced_is_neither_answered_nor_seen() {
    let disk = Disk::new();
    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["before"]);

    disk.suffer("hang");
    let mut writer = connect(&server);
    let waiting = thread::spawn(move || put(&mut writer, "waits"));
    disk.wait_until_a_sync_hangs();
    assert!(!is_there(&mut client, "waits"));
    assert!(is_there(&mut client, "before"));
    assert_eq!(keys(&mut client), ["before"]);
    let described = client.done("DescribeTable", &json!({"TableName": "songs"}));
    assert_eq!(described["Table"]["ItemCount"], 1);
    assert!(!is_there(&mut connect(&server), "waits"));
    assert!(!waiting.is_finished());

    disk.heal();
    assert_eq!(waiting.join().unwrap().status, 200);
    assert!(is_there(&mut client, "waits"));
    assert!(server.stop("TERM").success());
}

#[test]
fn a_write_that_waits_for_its_sync_when_the_server_is_killed_is_whole_or_absent() {
    let disk = Disk::new();
    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["before"]);
    disk.suffer("hang");
    let mut writer = connect(&server);
    let request = ["left", "right"]
        .map(|key| json!({"Put": {"TableName": "songs", "Item": {"pk": {"S": key}}}}));
    let waiting =
        thread::spawn(move || writer.ask("TransactWriteItems", &json!({"TransactItems": request})));
    disk.wait_until_a_sync_hangs();
    server.kill();
    assert!(waiting.join().unwrap().is_err());

    let found = keys(&mut connect(&Server::on(&disk.data())));
    assert!(found == ["before"] || found == ["before", "left", "right"], "{found:?}");
}

/// Writes fail, reads go on, and a restart finds all that was acknowledged.
fn check_refusal(fault: &str) {
    let disk = Disk::new();
    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["a", "b"]);

    disk.suffer(fault);
    // Whether this one was made nobody knows; its reply says so, and why.
    assert_refused(&put(&mut client, "failed"));
    assert!(!is_there(&mut client, "failed"), "it was seen before it was durable");
    assert_refused(&put(&mut client, "later"));
    // What a disk does after it has failed once says nothing of what it did before.
    disk.heal();
    assert_refused(&put(&mut client, "healed"));
    let update = json!({"TableName": "songs", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}});
    assert_refused(&client.ask("UpdateItem", &update).unwrap());
    assert_refused(&client.ask("CreateTable", &table("other")).unwrap());
    let action = json!({"Delete": {"TableName": "songs", "Key": {"pk": {"S": "a"}}}});
    assert_refused(&client.ask("TransactWriteItems", &json!({"TransactItems": [action]})).unwrap());
    assert_eq!(keys(&mut client), ["a", "b"]);
    assert_eq!(client.done("ListTables", &json!({}))["TableNames"], json!(["songs"]));
    assert!(server.log().contains("writes are refused until a restart"), "{}", server.log());
    server.kill();

    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    let found = keys(&mut client);
    // Nobody was told of this one, but it may have come to the disk.
    let acknowledged: Vec<_> = found.iter().filter(|key| *key != "failed").collect();
    assert_eq!(acknowledged, ["a", "b"]);
    let described = client.done("DescribeTable", &json!({"TableName": "songs"}));
    assert_eq!(described["Table"]["ItemCount"], found.len());
    put_all(&mut client, &["c"]);
    assert!(server.stop("TERM").success());
    assert!(is_there(&mut connect(&Server::on(&disk.data())), "c"));
}

#[track_caller]
fn assert_refused(reply: &Reply) {
    let message = reply.body["message"].as_str().unwrap_or_default();
    assert_eq!((reply.status, reply.exception()), (500, "InternalServerError"), "{}", reply.body);
    assert!(message.contains("write to the disk failed"), "{message}");
}

#[test]
fn after_a_failed_sync_writes_are_refused_and_nothing_is_lost() {
    check_refusal("fail");
}

#[test]
fn on_a_full_disk_writes_are_refused_and_nothing_is_lost() {
    check_refusal("full");
}

#[test]
fn on_a_disk_that_fails_to_write_writes_are_refused_and_nothing_is_lost() {
    check_refusal("write");
}

/// Lets the engine finish what it rewrites after a start: where that fails to read, it takes no more writes.
fn settle(disk: &Disk, client: &mut Client) {
    let names = || {
        let entries = fs::read_dir(disk.data()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort_unstable();
        names
    };
    loop {
        let before = names();
        assert!((0..1000).all(|_| is_there(client, "a")));
        if names() == before {
            return;
        }
    }
}

#[test]
fn on_a_disk_that_fails_to_read_what_is_in_memory_is_read_and_nothing_is_lost() {
    let disk = Disk::new();
    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    create(&mut client);
    for key in ["a", "b"] {
        // Long enough to be in a block of its own.
        let item = json!({"pk": {"S": key}, "text": {"S": key.repeat(50_000)}});
        client.done("PutItem", &json!({"TableName": "songs", "Item": item}));
    }
    assert!(server.stop("TERM").success());

    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    assert!(is_there(&mut client, "a"));
    settle(&disk, &mut client);
    disk.suffer("read");
    assert!(is_there(&mut client, "a"));
    let get = json!({"TableName": "songs", "Key": {"pk": {"S": "b"}}});
    for (operation, request) in [("GetItem", &get), ("Scan", &json!({"TableName": "songs"}))] {
        let failed = client.ask(operation, request).unwrap();
        assert_eq!((failed.status, failed.exception()), (500, "InternalServerError"));
    }
    assert!(server.log().contains("Input/output error"), "{}", server.log());
    // What it does not read it does not replace either.
    let delete = client.ask("DeleteItem", &get).unwrap();
    assert_eq!(delete.status, 500, "{}", delete.body);

    disk.heal();
    assert_eq!(keys(&mut client), ["a", "b"]);
    put_all(&mut client, &["c"]);
    assert!(server.stop("TERM").success());
    assert_eq!(keys(&mut connect(&Server::start(&mut disk.command()))), ["a", "b", "c"]);
}

#[test]
fn a_disk_that_fails_to_read_at_the_start_is_refused_and_left_alone() {
    let disk = Disk::new();
    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["a"]);
    server.kill();
    disk.suffer("read");
    assert_no_start(&mut disk.command(), &[disk.data().to_str().unwrap(), "Input/output error"]);
    disk.heal();
    assert_eq!(keys(&mut connect(&Server::start(&mut disk.command()))), ["a"]);
}

#[test]
fn a_server_that_refuses_writes_ends_when_asked() {
    let disk = Disk::new();
    let server = Server::start(&mut disk.command());
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["a"]);
    disk.suffer("fail");
    assert_eq!(put(&mut client, "b").status, 500);
    server.stop("TERM");
    disk.heal();
    assert!(is_there(&mut connect(&Server::on(&disk.data())), "a"));
}

/// A folder whose server was killed after some puts, and how long its log was before and after the last of them.
struct Killed {
    folder: tempfile::TempDir,
    log: PathBuf,
    before: u64,
    after: u64,
}

fn killed() -> Killed {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on(folder.path());
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["a", "b", "c", "d"]);
    let log = last_log(folder.path());
    let length = || fs::metadata(&log).unwrap().len();
    let before = length();
    put_all(&mut client, &["last"]);
    let after = length();
    server.kill();
    assert_eq!(length(), after);
    assert!(before < after);
    Killed { folder, log, before, after }
}

fn last_log(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "log")).max().unwrap()
}

/// A copy of a folder of files.
fn copy(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    // The folders in it have backups.
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.is_file()) {
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

#[test]
fn a_torn_record_at_the_end_of_the_log_is_cut_off() {
    let Killed { folder, log, before, after } = killed();
    let whole = after - before;
    for left in [0, 1, 6, 7, 8, whole / 2, whole - 1, whole] {
        let torn = copy(folder.path());
        let log = torn.path().join(log.file_name().unwrap());
        fs::File::options().write(true).open(&log).unwrap().set_len(before + left).unwrap();
        let mut expected = vec!["a", "b", "c", "d"];
        expected.extend((left == whole).then_some("last"));
        let server = Server::on(torn.path());
        let mut client = connect(&server);
        assert_eq!(keys(&mut client), expected, "{left} bytes of {whole} were left");
        put_all(&mut client, &["new"]);
        server.kill();
        expected.push("new");
        assert_eq!(keys(&mut connect(&Server::on(torn.path()))), expected);
        let saved = torn.path().join(format!("torn-{}", number(&log)));
        assert_eq!(saved.exists(), 0 < left && left < whole, "{left} bytes of {whole} were left");
    }
}

/// A log's number, as its file's name has it.
fn number(log: &Path) -> u64 {
    log.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

#[test]
fn damage_in_the_middle_of_the_log_is_refused() {
    let Killed { folder, log, before, .. } = killed();
    let bytes = fs::read(&log).unwrap();
    let before = usize::try_from(before).unwrap();
    for place in [0, 4, 6, before / 2, before - 1] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        fs::write(&log, &damaged).unwrap();
        assert_no_start(&mut serve(folder.path()), &[log.to_str().unwrap(), "is damaged at byte"]);
        assert_eq!(fs::read(&log).unwrap(), damaged, "it was changed");
    }
    fs::write(&log, bytes).unwrap();
    assert_eq!(keys(&mut connect(&Server::on(folder.path()))), ["a", "b", "c", "d", "last"]);
}

/// The server does not start, and says why in one line that has all the `texts`.
#[track_caller]
fn assert_no_start(command: &mut Command, texts: &[&str]) {
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(output.stdout, b"", "it says that it is ready");
    let last = error.lines().last().unwrap_or_default();
    for text in ["pixii: "].iter().chain(texts) {
        assert!(last.contains(text), "{text:?} is not in {error:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let data = file.join("data");
    assert_no_start(&mut serve(&data), &[data.to_str().unwrap(), "Not a directory"]);
    assert_no_start(&mut serve(&file), &[file.to_str().unwrap(), "exists"]);
    assert_no_start(&mut serve(Path::new("/proc/pixii")), &["/proc/pixii"]);
}

#[test]
fn a_disk_that_is_full_from_the_start_is_refused() {
    let disk = Disk::new();
    disk.suffer("full");
    assert_no_start(
        &mut disk.command(),
        &[disk.data().to_str().unwrap(), "No space left on device"],
    );
    disk.heal();
    create(&mut connect(&Server::start(&mut disk.command())));
}

#[test]
fn a_second_server_on_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on(folder.path());
    assert_no_start(
        &mut serve(folder.path()),
        &[folder.path().to_str().unwrap(), "is in use by another process"],
    );
    create(&mut connect(&server));
    assert!(server.stop("TERM").success());
    assert_eq!(keys(&mut connect(&Server::on(folder.path()))), Vec::<String>::new());
}

#[test]
fn a_folder_of_a_newer_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on(folder.path());
    create(&mut connect(&server));
    assert!(server.stop("TERM").success());
    let format = folder.path().join("FORMAT");
    let known = fs::read_to_string(&format).unwrap();
    let name = folder.path().to_str().unwrap();
    for (text, reason) in [
        ("5\n", "has format 5; this version reads formats up to 4"),
        ("", "does not name a format"),
    ] {
        fs::write(&format, text).unwrap();
        assert_no_start(&mut serve(folder.path()), &[name, reason]);
        assert_eq!(fs::read_to_string(&format).unwrap(), text);
    }
    fs::remove_file(&format).unwrap();
    assert_no_start(&mut serve(folder.path()), &[name, "it has no FORMAT file"]);
    fs::write(&format, known).unwrap();
    assert_eq!(keys(&mut connect(&Server::on(folder.path()))), Vec::<String>::new());
}

#[test]
fn relaxed_durability_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(serve(folder.path()).args(["--durability", "relaxed"]));
    let mut client = connect(&server);
    create(&mut client);
    put_all(&mut client, &["a", "b"]);
    server.kill();
    assert_eq!(keys(&mut connect(&Server::on(folder.path()))), ["a", "b"]);
}
