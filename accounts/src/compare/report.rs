//! The report, a page of Markdown.

use super::Compared;
use super::conversation::{Sides, Step};
use super::tally::{Count, count};

/// More than this fills no page; JUnit's file has everything.
const MAX_ROWS: usize = 40;

pub(super) fn markdown(sides: &Sides, compared: &Compared, of: usize, steps: &[Step]) -> String {
    let Compared { customers, same, different, failed, .. } = compared;
    let mut report = format!(
        "# Comparison of two services\n\n\
         OLD is <{}>, NEW is <{}>.\n\n\
         | | |\n|---|--:|\n\
         | Customers, of {of} in the file | {customers} |\n\
         | Pairs of answers | {} |\n\
         | the same | {same} |\n\
         | with differences | {different} |\n\
         | not comparable | {failed} |\n",
        sides.old.base,
        sides.new.base,
        steps.len(),
    );
    let differences = steps.iter().flat_map(|step| {
        step.differences.iter().map(|found| {
            ((step.request, found.place.as_str(), found.what.as_str()), found.times, step.customer.as_str())
        })
    });
    let rows = count(differences).into_iter().map(|((request, place, what), count)| {
        row(&[&code(request), &code(place), what, &count.times.to_string(), &customers_of(&count)])
    });
    table(&mut report, "Differences", &["Request", "Where", "What", "Times", "Customers, for example"], rows);

    let failures = steps.iter().flat_map(|step| {
        step.failures.iter().map(|failure| ((step.request, failure.as_str()), 1, step.customer.as_str()))
    });
    let rows = count(failures).into_iter().map(|((request, failure), count)| {
        row(&[&code(request), failure, &count.times.to_string(), &customers_of(&count)])
    });
    table(&mut report, "Not comparable", &["Request", "Why", "Times", "Customers, for example"], rows);

    let set_aside = steps.iter().flat_map(|step| {
        step.set_aside.iter().map(|(found, reason)| {
            ((found.place.as_str(), found.what.as_str(), *reason), found.times, step.customer.as_str())
        })
    });
    let rows = count(set_aside).into_iter().map(|((place, what, reason), count)| {
        row(&[&code(place), what, &code_of_option(reason), &count.times.to_string()])
    });
    table(&mut report, "Different, but not counted", &["Where", "What", "Why", "Times"], rows);
    report
}

fn table(report: &mut String, title: &str, columns: &[&str], rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let columns_end: String = columns.iter().map(|_| "---|").collect();
    report.push_str(&format!("\n## {title}\n\n{}|{columns_end}\n", row(columns)));
    rows.iter().take(MAX_ROWS).for_each(|row| report.push_str(row));
    if rows.len() > MAX_ROWS {
        report.push_str(&format!("\nAnd {} more.\n", rows.len() - MAX_ROWS));
    }
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!(" {cell} |")).collect();
    format!("|{cells}\n")
}

fn customers_of(count: &Count) -> String {
    count.customers.iter().map(|customer| code(customer)).collect::<Vec<_>>().join(", ")
}

/// A reference may have a vertical bar, which would end the cell.
fn code(text: &str) -> String {
    match text {
        "" => "the document".to_owned(),
        text => format!("`{}`", text.replace('|', "\\|")),
    }
}

fn code_of_option(reason: &str) -> String {
    if reason.starts_with("--") { code(reason) } else { reason.to_owned() }
}
