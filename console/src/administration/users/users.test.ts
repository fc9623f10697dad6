import { expect, test } from "vitest";
import { contextOf, reason, simulationBody, simulationFaults, type SimulationDraft } from "./simulation.ts";
import { environmentOf, iamNameFault, policyTitle } from "./users.ts";

test.each(["", "a b", "a/b", "x".repeat(65)])("%j is no name of a user", (name) =>
  expect(iamNameFault(name, 64)).toBeDefined(),
);
test("names are IAM's", () => expect(iamNameFault("orders-app@x.y+z=1,_", 64)).toBeUndefined());

test("a policy is called by its name, a managed one by the end of its ARN", () => {
  expect(policyTitle({ PolicyName: "orders", PolicyDocument: "{}" })).toBe("orders");
  expect(policyTitle({ PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" })).toBe("AdministratorAccess");
});

test("a session has its token in the environment", () => {
  const key = { AccessKeyId: "A", SecretAccessKey: "s" };
  expect(environmentOf(key)).toBe("export AWS_ACCESS_KEY_ID=A\nexport AWS_SECRET_ACCESS_KEY=s");
  expect(environmentOf({ ...key, SessionToken: "t" })).toContain("\nexport AWS_SESSION_TOKEN=t");
});

const draft: SimulationDraft = {
  user: "",
  policy: "{}",
  resourcePolicy: "",
  actions: "GetItem",
  resources: "",
  context: "",
};

test("an action without a service is DynamoDB's, and what is empty is not asked with", () => {
  expect(simulationBody(draft)).toEqual({ PolicyDocuments: ["{}"], ActionNames: ["dynamodb:GetItem"] });
  expect(
    simulationBody({
      ...draft,
      user: "ann",
      policy: "",
      actions: "iam:ListUsers, Scan\nScan",
      resources: "a\nb",
      context: "k=v",
    }),
  ).toEqual({
    UserName: "ann",
    ActionNames: ["iam:ListUsers", "dynamodb:Scan"],
    ResourceArns: ["a", "b"],
    ContextEntries: { k: "v" },
  });
});

test("a key of the context that is there twice has two values, and a value may have signs of equality", () => {
  expect(contextOf("a=1\na=2\nb=x=y\n\nno")).toEqual({ a: ["1", "2"], b: "x=y" });
});

test("what is missing is a fault", () => {
  expect(simulationFaults(draft)).toEqual({});
  expect(Object.keys(simulationFaults({ ...draft, policy: " ", actions: ",", context: "x" }))).toEqual([
    "policy",
    "actions",
    "context",
  ]);
});

test("a decision says which statement it is by", () => {
  const asked = { ActionName: "a", ResourceArn: "r" };
  expect(reason({ ...asked, Decision: "implicitDeny" })).toBe("No statement allows it");
  expect(
    reason({ ...asked, Decision: "allowed", MatchedStatement: { PolicyName: "PolicyInputList.1", Statement: 0 } }),
  ).toBe("Allowed by statement 1 of the policy above");
  expect(reason({ ...asked, Decision: "explicitDeny", MatchedStatement: { PolicyType: "resource", Sid: "No" } })).toBe(
    "Denied by statement No of the resource policy",
  );
});
