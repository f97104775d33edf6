//! The same as JUnit's XML, which CI servers read: a suite for each request, a case for each pair of answers.

use std::fmt::Write;

use super::conversation::Step;
use super::difference::Difference;

pub(super) fn xml(steps: &[Step]) -> String {
    let mut requests: Vec<&str> = Vec::new();
    for step in steps {
        if !requests.contains(&step.request) {
            requests.push(step.request);
        }
    }
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"accounts compare\" {}>\n",
        counts(steps.iter())
    );
    for request in requests {
        let of_request = || steps.iter().filter(|step| step.request == request);
        let suite = escaped(request);
        push(&mut xml, format_args!("  <testsuite name=\"{suite}\" {}>\n", counts(of_request())));
        for step in of_request() {
            case(&mut xml, &suite, step);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn case(xml: &mut String, suite: &str, step: &Step) {
    let customer = escaped(&step.customer);
    push(xml, format_args!("    <testcase classname=\"{suite}\" name=\"{customer}\""));
    let problems: Vec<String> = match step.failures.is_empty() {
        true => step.differences.iter().map(line).collect(),
        false => step.failures.clone(),
    };
    if problems.is_empty() {
        xml.push_str("/>\n");
        return;
    }
    let (element, message) = match (step.failures.is_empty(), problems.len()) {
        (true, 1) => ("failure", "1 difference".to_owned()),
        (true, number) => ("failure", format!("{number} differences")),
        (false, _) => ("error", "not comparable".to_owned()),
    };
    let problems = escaped(&problems.join("\n"));
    push(
        xml,
        format_args!(">\n      <{element} message=\"{message}\">{problems}</{element}>\n    </testcase>\n"),
    );
}

fn line(found: &Difference) -> String {
    let times = if found.times > 1 { format!(" ({} times)", found.times) } else { String::new() };
    format!("{}: {}{times}", found.place, found.what)
}

fn counts<'a>(steps: impl Iterator<Item = &'a Step>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for step in steps {
        tests += 1;
        errors += usize::from(!step.failures.is_empty());
        failures += usize::from(step.failures.is_empty() && !step.differences.is_empty());
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn push(xml: &mut String, text: std::fmt::Arguments<'_>) {
    xml.write_fmt(text).expect("a string takes any text");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_cases_are_counted() {
        let difference = Difference::new("/a&b", "<c>");
        let step = |differences, failures| Step {
            request: "GET /?a=\"b\"&c",
            customer: "<1>".to_owned(),
            differences,
            set_aside: Vec::new(),
            failures,
        };
        let steps = [
            step(Vec::new(), Vec::new()),
            step(vec![difference.clone(), Difference { times: 3, ..difference }], Vec::new()),
            step(Vec::new(), vec!["OLD: none".to_owned()]),
        ];
        let case = r#"    <testcase classname="GET /?a=&quot;b&quot;&amp;c" name="&lt;1&gt;""#;
        let expected = [
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            r#"<testsuites name="accounts compare" tests="3" failures="1" errors="1">"#,
            r#"  <testsuite name="GET /?a=&quot;b&quot;&amp;c" tests="3" failures="1" errors="1">"#,
            &format!("{case}/>"),
            &format!("{case}>"),
            r#"      <failure message="2 differences">/a&amp;b: &lt;c&gt;"#,
            r#"/a&amp;b: &lt;c&gt; (3 times)</failure>"#,
            "    </testcase>",
            &format!("{case}>"),
            r#"      <error message="not comparable">OLD: none</error>"#,
            "    </testcase>",
            "  </testsuite>",
            "</testsuites>",
        ];
        assert_eq!(xml(&steps).lines().collect::<Vec<_>>(), expected);
    }
}
