use std::collections::BTreeMap;

use super::*;

/// The values that the tables here use. `:missing` and `:q` are not among them.
fn placeholders() -> Placeholders {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let values = [
        (":s", text("abc")),
        (":n", AttributeValue::N(5.into())),
        (":n2", AttributeValue::N(7.into())),
        (":b", AttributeValue::B(b"abc".to_vec())),
        (":t", AttributeValue::Bool(true)),
        (":z", AttributeValue::Null),
        (":ss", AttributeValue::Ss(["a".to_owned()].into())),
        (":ns", AttributeValue::Ns([1.into()].into())),
        (":l", AttributeValue::L(vec![text("x")])),
        (":m", AttributeValue::M(BTreeMap::from([("a".to_owned(), text("x"))]))),
    ];
    let values = values.map(|(key, value)| (key.to_owned(), value));
    Placeholders::new(None, Some(BTreeMap::from(values))).unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let message = parse_update(text, &mut placeholders()).unwrap_err().to_string();
    assert_eq!(message, format!("Invalid UpdateExpression: {expected}"), "{text}");
}

#[test]
fn a_syntax_error_names_the_token_and_what_is_around_it() {
    for (text, token, near) in SYNTAX_ERRORS {
        check(text, &format!("Syntax error; token: \"{token}\", near: \"{near}\""));
    }
}

#[test]
fn what_needs_no_item_to_be_wrong_is_refused_before_any_is_read() {
    for (text, expected) in REFUSED {
        check(text, expected);
    }
}

#[test]
fn what_the_service_takes_is_taken() {
    for text in TAKEN {
        let parsed = parse_update(text, &mut placeholders());
        assert!(parsed.is_ok(), "{text}: {parsed:?}");
    }
}

#[test]
fn of_several_faults_names_come_before_values_and_both_before_paths() {
    for (text, expected) in [
        (
            "SET a = :q, b = #b",
            "An expression attribute name used in the document path is not defined; attribute name: #b",
        ),
        (
            "SET a = :q, a = :s",
            "An expression attribute value used in expression is not defined; attribute value: :q",
        ),
        (
            "SET a = :s, a[0] = :s",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, [0]]",
        ),
        (
            "SET a.b = :s, a[0] = :s",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]",
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn paths_are_compared_after_names_are_filled_in() {
    let names = BTreeMap::from(["#a", "#b"].map(|key| (key.to_owned(), "x".to_owned())));
    let mut placeholders = Placeholders::new(Some(names), None).unwrap();
    let error = parse_update("REMOVE #a.y, #b", &mut placeholders).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x, y], path two: [x]"
    );
}

#[test]
fn an_update_has_any_number_of_actions_and_at_most_300_operators() {
    let list = |count: usize, operand: &str| {
        let actions: Vec<String> = (0..count).map(|i| format!("a{i}={operand}")).collect();
        format!("SET {}", actions.join(","))
    };
    assert!(parse_update(&list(400, ":n"), &mut placeholders()).is_ok());
    assert!(parse_update(&list(300, "n+:n"), &mut placeholders()).is_ok());
    check(&list(301, "n+:n"), "The expression contains too many operators; operator count: 301");
}

#[test]
fn functions_nest_64_deep() {
    let nested = |depth: usize| {
        format!("SET a = {}:n{}", "if_not_exists(b, ".repeat(depth), ")".repeat(depth))
    };
    assert!(parse_update(&nested(64), &mut placeholders()).is_ok());
    check(&nested(65), "The expression has too many nesting levels; nesting levels: 65");
}

/// Texts with the token they fail at, and what is around it, as the service's local edition has it.
const SYNTAX_ERRORS: &[(&str, &str, &str)] = &[
    ("  ", "<EOF>", "  "),
    ("SET", "<EOF>", "SET"),
    ("SET a", "<EOF>", "a"),
    ("SET a =", "<EOF>", "="),
    ("SET a = :s,", "<EOF>", ","),
    ("REMOVE", "<EOF>", "REMOVE"),
    ("REMOVE a,", "<EOF>", ","),
    ("ADD a", "<EOF>", "a"),
    ("ADD a b", "b", "a b"),
    ("ADD a n", "n", "a n"),
    ("ADD a (:n)", "(", "a (:n"),
    ("ADD a = :n", "=", "a = :n"),
    ("DELETE a", "<EOF>", "a"),
    ("SET a = :n + :n + :n", "+", ":n + :n"),
    ("SET a = (n + :n) + :n", "+", ") + :n"),
    ("SET a = if_not_exists(a, n + :n)", "+", "n + :n"),
    ("SET a = foo()", ")", "()"),
    ("SET a = list_append()", ")", "()"),
    ("SET a + :n", "+", "a + :n"),
    ("SET a = :n +", "<EOF>", "+"),
    ("SET a = + :n", "+", "= + :n"),
    ("SET a = -:n", "-", "= -:n"),
    ("SET a = n :n", ":n", "n :n"),
    ("SET a == :n", "=", "== :n"),
    ("SET :a = :n", ":a", "SET :a ="),
    ("SET a = b = :n", "=", "b = :n"),
    ("SET size(a) = :n", "(", "size(a"),
    ("SET a = :n AND b = :n", "AND", ":n AND b"),
    ("a = :n", "a", "a ="),
    ("FOO a", "FOO", "FOO a"),
    ("REMOVE a b", "b", "a b"),
    ("REMOVE :s", ":s", "REMOVE :s"),
    ("REMOVE a = :s", "=", "a = :s"),
    ("DELETE a b :ss", "b", "a b :ss"),
    ("SET a = :s; REMOVE b", ";", ":s; REMOVE"),
    ("SET a = :s REMOVE", "<EOF>", "REMOVE"),
    ("SET a = if_not_exists(a, :n", "<EOF>", ":n"),
    ("SET set = :s", "set", "SET set ="),
    ("SET a = n * :n", "*", "n * :n"),
    ("SET a = :s,,b = :s", ",", ",,b"),
    ("SET (a) = :s", "(", "SET (a"),
    ("REMOVE é", "é", "REMOVE é"),
    ("SET a = é", "é", "= é"),
    ("REMOVE #é", "#", "REMOVE #é"),
    ("SET a = (b) + (c", "<EOF>", "c"),
    ("SET a = if_not_exists(b,", "<EOF>", ","),
    ("ADD a :n b :n", "b", ":n b :n"),
    ("ADD", "<EOF>", "ADD"),
    ("DELETE", "<EOF>", "DELETE"),
    ("REMOVE a SET", "<EOF>", "SET"),
    ("SET a = b c = d", "c", "b c ="),
    ("SET a[0].b c", "c", "b c"),
    ("SET a = b - -c", "-", "- -c"),
    ("SET a = list_append(b = c)", "=", "b = c"),
    ("ADD a :n, b", "<EOF>", "b"),
    ("SET a.b.c", "<EOF>", "c"),
    ("SET =", "=", "SET ="),
    ("SET a = b SET", "<EOF>", "SET"),
    ("SET a.set = :s", "set", ".set ="),
];

/// Texts with what is wrong with them, as the service's local edition has it.
const REFUSED: &[(&str, &str)] = &[
    ("", "The expression can not be empty;"),
    ("SET a = :s SET b = :s", "The \"SET\" section can only be used once in an update expression;"),
    (
        "REMOVE a, a",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
    ),
    (
        "ADD a :s",
        "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "ADD a :t",
        "Incorrect operand type for operator or function; operator: ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "ADD a :l",
        "Incorrect operand type for operator or function; operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "ADD a :m",
        "Incorrect operand type for operator or function; operator: ADD, operand type: MAP, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "ADD a :z",
        "Incorrect operand type for operator or function; operator: ADD, operand type: NULL, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "ADD a :b",
        "Incorrect operand type for operator or function; operator: ADD, operand type: BINARY, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "DELETE a :n",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    (
        "DELETE a :s",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    (
        "DELETE a :t",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: BOOLEAN, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    (
        "DELETE a :l",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: LIST, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    ("DELETE missing :ss", "Attribute name is a reserved keyword; reserved keyword: missing"),
    ("SET a = missing", "Attribute name is a reserved keyword; reserved keyword: missing"),
    ("SET a = missing + :n", "Attribute name is a reserved keyword; reserved keyword: missing"),
    ("SET a = ((n + :n))", "The expression has redundant parentheses;"),
    ("SET a = ((n))", "The expression has redundant parentheses;"),
    (
        "SET a = n + :s",
        "Incorrect operand type for operator or function; operator or function: +, operand type: S",
    ),
    (
        "SET a = :s + n",
        "Incorrect operand type for operator or function; operator or function: +, operand type: S",
    ),
    (
        "SET a = n - :l",
        "Incorrect operand type for operator or function; operator or function: -, operand type: L",
    ),
    (
        "SET a = if_not_exists(:n,:n2)",
        "Operator or function requires a document path; operator or function: if_not_exists",
    ),
    (
        "SET a = if_not_exists(a)",
        "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1",
    ),
    (
        "SET a = if_not_exists(a,:n,:n)",
        "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 3",
    ),
    (
        "SET a = if_not_exists(n, missing)",
        "Attribute name is a reserved keyword; reserved keyword: missing",
    ),
    (
        "SET a = if_not_exists(if_not_exists(a,b), :n)",
        "Operator or function requires a document path; operator or function: if_not_exists",
    ),
    (
        "SET a = list_append(missing,:l)",
        "Attribute name is a reserved keyword; reserved keyword: missing",
    ),
    (
        "SET a = list_append(l,:s)",
        "Incorrect operand type for operator or function; operator or function: list_append, operand type: S",
    ),
    (
        "SET a = list_append(:n,l)",
        "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
    ),
    (
        "SET a = list_append(l)",
        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1",
    ),
    (
        "SET a = list_append(l, :l, :l)",
        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 3",
    ),
    (
        "SET a = list_append(l,:l) + :n",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    ("SET a = size(s)", "The function is not allowed in an update expression; function: size"),
    ("SET a = foo(s)", "Invalid function name; function: foo"),
    ("SET a = If_not_exists(a,:n)", "Invalid function name; function: If_not_exists"),
    (
        "SET a = attribute_exists(a)",
        "The function is not allowed in an update expression; function: attribute_exists",
    ),
    (
        "SET a = :missing",
        "An expression attribute value used in expression is not defined; attribute value: :missing",
    ),
    (
        "SET #a = :s",
        "An expression attribute name used in the document path is not defined; attribute name: #a",
    ),
    (
        "SET a = #b",
        "An expression attribute name used in the document path is not defined; attribute name: #b",
    ),
    ("SET name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET a = name", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET a.name = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    (
        "SET m = :s, m.a = :s",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, a]",
    ),
    (
        "SET m.a = :s, m = :s",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]",
    ),
    (
        "SET m.a = :s, m[0] = :s",
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]",
    ),
    (
        "SET m.a = :s REMOVE m.a.b",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, a, b]",
    ),
    (
        "REMOVE m.a ADD m :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]",
    ),
    (
        "SET a = :s, a = :s",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
    ),
    (
        "SET m.l[1] = :s, m.l[1].x = :s",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, l, [1]], path two: [m, l, [1], x]",
    ),
    (
        "SET a = list_append(:l, missing)",
        "Attribute name is a reserved keyword; reserved keyword: missing",
    ),
    ("SET a = n + missing", "Attribute name is a reserved keyword; reserved keyword: missing"),
    (
        "SET a = :s + :s",
        "Incorrect operand type for operator or function; operator or function: +, operand type: S",
    ),
    ("SET a = :n + missing", "Attribute name is a reserved keyword; reserved keyword: missing"),
    (
        "SET a = list_append(a, name)",
        "Attribute name is a reserved keyword; reserved keyword: name",
    ),
    ("SET a = foo(b), name = :s", "Invalid function name; function: foo"),
    ("SET a = foo(b) SET b = :s", "Invalid function name; function: foo"),
    ("SET a = :q SET b = :s", "The \"SET\" section can only be used once in an update expression;"),
    (
        "SET a = :q, b= #r",
        "An expression attribute name used in the document path is not defined; attribute name: #r",
    ),
    (
        "ADD a :q",
        "An expression attribute value used in expression is not defined; attribute value: :q",
    ),
    (
        "ADD a :s, b :q",
        "An expression attribute value used in expression is not defined; attribute value: :q",
    ),
    (
        "ADD a :s, a :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
    ),
    (
        "SET a = :s + :n, a = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
    ),
    (
        "SET a = if_not_exists(:s,:n), a = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
    ),
    ("SET name = :q", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET name = foo(b)", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET a = foo(name)", "Invalid function name; function: foo"),
    ("SET a = ((foo(b)))", "The expression has redundant parentheses;"),
    ("SET a = ((b)), name = :s", "The expression has redundant parentheses;"),
    (
        "SET a = :q, c = #b",
        "An expression attribute name used in the document path is not defined; attribute name: #b",
    ),
    (
        "SET a = :s + :n ADD b :s",
        "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    ("SET name = :s SET b = :s", "Attribute name is a reserved keyword; reserved keyword: name"),
    (
        "SET a = size(b), c = foo(d)",
        "The function is not allowed in an update expression; function: size",
    ),
    (
        "SET a = size(b) + list_append(c, d)",
        "The function is not allowed in an update expression; function: size",
    ),
    (
        "SET a = size(b), name = :s",
        "The function is not allowed in an update expression; function: size",
    ),
    (
        "SET a = size(b) SET c = :q",
        "The function is not allowed in an update expression; function: size",
    ),
    (
        "SET a[999999999999999999999999999999] = :s, name = :s",
        "List index is not within the allowable range; index: [999999999999999999999999999999]",
    ),
    (
        "SET a.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b = :s, name = :s",
        "Attribute name is a reserved keyword; reserved keyword: name",
    ),
    (
        "SET a = list_append(b, c) - :n, a = :n",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    (
        "SET a = list_append(b, c) - :q",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    (
        "SET a = list_append(if_not_exists(b, :s), :s)",
        "Incorrect operand type for operator or function; operator or function: list_append, operand type: S",
    ),
    (
        "SET a = if_not_exists(a, :s) - :s",
        "Incorrect operand type for operator or function; operator or function: -, operand type: S",
    ),
    (
        "SET a = if_not_exists(a.b.name, :s)",
        "Attribute name is a reserved keyword; reserved keyword: name",
    ),
    ("ADD name :q", "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET a = (((b)))", "The expression has redundant parentheses;"),
    ("add a :n Add b :n", "The \"ADD\" section can only be used once in an update expression;"),
    ("REMOVE a remove b", "The \"REMOVE\" section can only be used once in an update expression;"),
];

/// Texts with nothing wrong, as the service's local edition has it.
const TAKEN: &[&str] = &[
    "SET a = :s",
    "set a = :s",
    "SET a = :s REMOVE b ADD n :n DELETE ss :ss",
    "SET a = :s, b = :s",
    "ADD n :n",
    "ADD n :ss",
    "ADD ss :n",
    "ADD ss :ns",
    "ADD s :n",
    "ADD s :ss",
    "ADD l :n",
    "ADD m :ss",
    "ADD t :n",
    "DELETE ss :ss",
    "DELETE ss :ns",
    "DELETE s :ss",
    "DELETE l :ss",
    "DELETE n :ns",
    "SET a = n",
    "SET a = n + :n",
    "SET a = n - :n",
    "SET a = :n + :n",
    "SET a = (n + :n)",
    "SET a = (n) + :n",
    "SET a = (n) + (:n)",
    "SET a = (n)",
    "SET a = (:s)",
    "SET a = (if_not_exists(n,:n) + :n)",
    "SET a = n + (:n)",
    "SET a = s + :n",
    "SET a = n + ss",
    "SET a = l + :n",
    "SET a = n + t",
    "SET a = n + z",
    "SET a = b + :n",
    "SET a = m - :n",
    "SET a = ns - :n",
    "SET a = if_not_exists(a,:n)",
    "SET a = if_not_exists(n,:n2)",
    "SET a = if_not_exists(a, b)",
    "SET a = if_not_exists(a, n)",
    "SET a = if_not_exists(a, n) + :n",
    "SET a = if_not_exists(s, n) + :n",
    "SET a = if_not_exists(a, (n))",
    "SET a = if_not_exists(a, if_not_exists(b,:n))",
    "SET a = list_append(l,:l)",
    "SET a = list_append(:l,l)",
    "SET a = list_append(:l,:l)",
    "SET a = list_append(l,l)",
    "SET a = list_append(s,:l)",
    "SET a = list_append(:l,s)",
    "SET a = list_append(if_not_exists(a,:l), :l)",
    "SET a = list_append(if_not_exists(a,:s), :l)",
    "SET a = if_not_exists(a,:s) + :n",
    "SET m.z = :s",
    "SET x.z = :s",
    "SET s.z = :s",
    "SET s[0] = :s",
    "SET l[0] = :s",
    "SET l[9] = :s",
    "SET l[9] = :s, l[7] = :n",
    "SET l.a = :s",
    "SET m[0] = :s",
    "SET l[2][0] = :s",
    "SET l[3].k = :s",
    "SET l[8].k = :s",
    "SET l[8][0] = :s",
    "SET m.q.r = :s",
    "REMOVE m.q.r",
    "REMOVE m.q",
    "REMOVE x.y",
    "REMOVE s.y",
    "REMOVE s[0]",
    "REMOVE l[9]",
    "REMOVE l[9].a",
    "REMOVE l[0], l[1]",
    "REMOVE l.a",
    "REMOVE m[0]",
    "ADD m.n :n",
    "ADD m.q :n",
    "ADD x.q :n",
    "ADD m.a :n",
    "ADD l[1] :n",
    "ADD l[9] :n",
    "ADD l[0] :n",
    "DELETE m.q :ss",
    "DELETE x.q :ss",
    "DELETE l[9] :ss",
    "DELETE m.a :ss",
    "SET a = x.y",
    "SET a = s.y",
    "SET a = l[9]",
    "SET a = m.a",
    "SET a = l[0]",
    "SET a = x.y + :n",
    "SET m.l[0] = :s, m.l[1].x = :s",
    "SET pk = :s",
    "SET pk.a = :s",
    "REMOVE pk",
    "SET a = n+:n",
    "SET a = n-:n",
    "SET a = if_not_exists((a),:s)",
    "SET a = :n2 - :n",
    "SET a[0] = :s",
    "SET a.b[0].c = :s",
    "SET l[1] = l[1] + :n",
    "SET l[0] = l[1], l[1] = l[0]",
    "SET a = :n + if_not_exists(b, :s)",
    "SET a = (b + (c))",
    // The local edition refuses these; the service does not.
    "SET a = list_append(list_append(l, :l), :l)",
    "SET a = if_not_exists(a, list_append(l, :l))",
];
