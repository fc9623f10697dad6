"""The AWS CLI, unmodified, told of the endpoint by its environment alone."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import uuid

import pytest

from server import Server

# What the first and the second generation of the CLI exit with when the service refuses a request.
REFUSED = {255, 254}


@pytest.fixture(scope="module")
def endpoint():
    """That of a server which is already up, or of one for this file."""
    if os.environ.get("PIXII_ENDPOINT"):
        yield os.environ["PIXII_ENDPOINT"]
        return
    server = Server("--in-memory")
    yield server.endpoint
    server.end()


@pytest.fixture(scope="module")
def environment(endpoint, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture(scope="module")
def run(environment):
    """Runs `aws dynamodb …` and gives what it ended with."""
    beside_python = str(pathlib.Path(sys.executable).parent)
    program = shutil.which("aws", path=f"{beside_python}{os.pathsep}{os.environ['PATH']}")
    assert program, "the AWS CLI is not installed"

    def run(*arguments):
        return subprocess.run(
            [program, "dynamodb", *arguments], env=environment, capture_output=True, text=True, timeout=60
        )

    return run


@pytest.fixture(scope="module")
def aws(run):
    """Runs `aws dynamodb …`, which must succeed, and gives its JSON."""

    def aws(*arguments):
        ended = run(*arguments)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else {}

    return aws


@pytest.fixture(scope="module")
def table(aws, run):
    """A table with ten items, made by the CLI."""
    name = f"cli-{uuid.uuid4().hex}"
    aws(
        "create-table",
        f"--table-name={name}",
        "--attribute-definitions",
        "AttributeName=pk,AttributeType=S",
        "AttributeName=sk,AttributeType=N",
        "--key-schema",
        "AttributeName=pk,KeyType=HASH",
        "AttributeName=sk,KeyType=RANGE",
        "--billing-mode=PAY_PER_REQUEST",
        "--tags",
        "Key=made,Value=by-cli",
    )
    aws("wait", "table-exists", f"--table-name={name}")
    puts = [{"PutRequest": {"Item": {"pk": {"S": "many"}, "sk": {"N": str(each)}}}} for each in range(10)]
    written = aws("batch-write-item", f"--request-items={json.dumps({name: puts})}")
    assert written["UnprocessedItems"] == {}
    yield name
    aws("delete-table", f"--table-name={name}")
    aws("wait", "table-not-exists", f"--table-name={name}")
    assert run("describe-table", f"--table-name={name}").returncode in REFUSED


KEY = json.dumps({"pk": {"S": "a"}, "sk": {"N": "1"}})


def test_an_item_is_put_updated_read_and_deleted(aws, table):
    whole = {"pk": {"S": "a"}, "sk": {"N": "1"}, "text": {"S": "\u00e9"}, "data": {"B": "AAEC"}}
    aws("put-item", f"--table-name={table}", f"--item={json.dumps(whole)}")
    updated = aws(
        "update-item",
        f"--table-name={table}",
        f"--key={KEY}",
        "--update-expression=SET n = :n REMOVE #d",
        '--expression-attribute-names={"#d":"data"}',
        '--expression-attribute-values={":n":{"N":"7"}}',
        "--return-values=ALL_NEW",
    )
    assert updated["Attributes"] == {
        "pk": {"S": "a"},
        "sk": {"N": "1"},
        "text": {"S": "\u00e9"},
        "n": {"N": "7"},
    }
    got = aws("get-item", f"--table-name={table}", f"--key={KEY}", "--consistent-read")
    assert got["Item"] == updated["Attributes"]
    deleted = aws("delete-item", f"--table-name={table}", f"--key={KEY}", "--return-values=ALL_OLD")
    assert deleted["Attributes"] == got["Item"]
    assert aws("get-item", f"--table-name={table}", f"--key={KEY}") == {}


QUERY = ("--key-condition-expression=pk = :p", '--expression-attribute-values={":p":{"S":"many"}}')


def sort_keys(reply):
    return [int(each["sk"]["N"]) for each in reply["Items"]]


def test_a_query_follows_its_pages(aws, table):
    reply = aws("query", f"--table-name={table}", *QUERY, "--page-size=3", "--no-scan-index-forward")
    assert sort_keys(reply) == list(range(10))[::-1]
    assert reply["Count"] == 10


def test_a_query_stops_and_starts_where_it_is_told_to(aws, table):
    seen, more = [], ()
    while True:
        reply = aws("query", f"--table-name={table}", *QUERY, "--max-items=4", *more)
        assert len(reply["Items"]) <= 4
        seen += sort_keys(reply)
        if "NextToken" not in reply:
            break
        more = (f"--starting-token={reply['NextToken']}",)
    assert seen == list(range(10))


def test_a_scan_is_filtered_counted_and_paged(aws, table):
    filtered = aws(
        "scan",
        f"--table-name={table}",
        "--filter-expression=sk >= :s AND pk = :p",
        '--expression-attribute-values={":s":{"N":"8"},":p":{"S":"many"}}',
        "--projection-expression=sk",
        "--page-size=2",
    )
    assert sorted(sort_keys(filtered)) == [8, 9]
    page = aws("scan", f"--table-name={table}", "--no-paginate", "--limit=3")
    assert page["Count"] == 3
    assert "LastEvaluatedKey" in page
    segments = [
        aws("scan", f"--table-name={table}", f"--segment={each}", "--total-segments=2", "--max-items=100")
        for each in range(2)
    ]
    assert sum(len(each["Items"]) for each in segments) == 10


def test_a_batch_reads(aws, table):
    keys = [{"pk": {"S": "many"}, "sk": {"N": str(each)}} for each in [1, 2, 99]]
    reply = aws("batch-get-item", f"--request-items={json.dumps({table: {'Keys': keys}})}")
    assert sorted(int(each["sk"]["N"]) for each in reply["Responses"][table]) == [1, 2]
    assert reply["UnprocessedKeys"] == {}


def test_a_transaction_happens_and_is_read(aws, run, table):
    item = {"pk": {"S": "transacted"}, "sk": {"N": "1"}}
    put = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    actions = f"--transact-items={json.dumps([{'Put': put}])}"
    aws("transact-write-items", actions)
    got = aws(
        "transact-get-items",
        f"--transact-items={json.dumps([{'Get': {'TableName': table, 'Key': item}}])}",
    )
    assert got["Responses"] == [{"Item": item}]
    again = run("transact-write-items", actions)
    assert again.returncode in REFUSED
    assert "TransactionCanceledException" in again.stderr
    assert "[ConditionalCheckFailed]" in again.stderr
    aws("delete-item", f"--table-name={table}", f"--key={json.dumps(item)}")


def test_limits_and_endpoints_are_described(aws):
    assert aws("describe-limits")["TableMaxReadCapacityUnits"] == 40_000
    assert aws("describe-endpoints")["Endpoints"][0]["Address"]


def test_tables_are_listed_and_described(aws, table):
    assert table in aws("list-tables")["TableNames"]
    described = aws("describe-table", f"--table-name={table}")["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_tags_are_set_and_listed(aws, table):
    arn = aws("describe-table", f"--table-name={table}")["Table"]["TableArn"]
    aws("tag-resource", f"--resource-arn={arn}", "--tags", "Key=more,Value=")
    aws("untag-resource", f"--resource-arn={arn}", "--tag-keys", "made")
    reply = aws("list-tags-of-resource", f"--resource-arn={arn}")
    assert reply["Tags"] == [{"Key": "more", "Value": ""}]


def test_a_table_is_updated(aws, table):
    aws("update-table", f"--table-name={table}", "--deletion-protection-enabled")
    aws("update-table", f"--table-name={table}", "--no-deletion-protection-enabled")
    described = aws("describe-table", f"--table-name={table}")["Table"]
    assert described["DeletionProtectionEnabled"] is False


def test_a_policy_of_a_table_is_put_and_taken_away(aws, table):
    arn = aws("describe-table", f"--table-name={table}")["Table"]["TableArn"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:DeleteTable", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    put = aws("put-resource-policy", f"--resource-arn={arn}", f"--policy={policy}")
    assert aws("get-resource-policy", f"--resource-arn={arn}") == {"Policy": policy, **put}
    assert aws("delete-resource-policy", f"--resource-arn={arn}") == put


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("describe-table", "--table-name=no-such-table"), "ResourceNotFoundException"),
        (("get-item", "--table-name=no-such-table", f"--key={KEY}"), "ResourceNotFoundException"),
        (("scan", "--table-name=no-such-table", "--filter-expression=a ="), "ValidationException"),
        (("execute-statement", "--statement=SELECT * FROM t"), "not implemented in this version"),
    ],
)
def test_a_refusal_is_told_and_exits_so(run, arguments, error):
    ended = run(*arguments)
    assert ended.returncode in REFUSED
    assert error in ended.stderr


def test_a_failed_condition_exits_so(run, table):
    ended = run(
        "delete-item", f"--table-name={table}", f"--key={KEY}", "--condition-expression=attribute_exists(pk)"
    )
    assert ended.returncode in REFUSED
    assert "ConditionalCheckFailedException" in ended.stderr


def test_a_skeleton_of_a_request_is_accepted(aws, table):
    """The CLI may be given a whole request as JSON."""
    request = {"TableName": table, "Key": json.loads(KEY), "ConsistentRead": True}
    assert aws("get-item", "--cli-input-json", json.dumps(request)) == {}
