//! Where the page of the audit shows something: all of it stands in its address.

use crate::model::audit_list::AuditQuestion;
use crate::ui::address::address;

/// Where the page shows that.
pub fn page(question: &AuditQuestion) -> String {
    of("/audit", question)
}

/// Where the page shows what is older than that record.
pub fn older(question: &AuditQuestion, before: String) -> String {
    page(&AuditQuestion { before, ..question.clone() })
}

/// Where the whole of it is as a table for spreadsheets, whichever page is shown.
pub fn csv(question: &AuditQuestion) -> String {
    of("/api/audit.csv", &AuditQuestion { before: String::new(), ..question.clone() })
}

fn of(path: &str, question: &AuditQuestion) -> String {
    let AuditQuestion { actor, action, outcome, target, from, to, whose, before } = question;
    let values = [
        ("actor", actor),
        ("action", action),
        ("outcome", outcome),
        ("target", target),
        ("from", from),
        ("to", to),
        ("whose", whose),
        ("before", before),
    ];
    address(path, &values.map(|(name, value)| (name, value.as_str())))
}
