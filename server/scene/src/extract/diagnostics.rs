//! Collects what the user should know, each thing once and never without bound.

use std::collections::BTreeMap;
use std::collections::HashSet;

use crate::tables::{Diagnostic, DiagnosticCode};

/// More of one code than this are only counted.
const MAX_PER_CODE: usize = 200;

/// Diagnostics on their way into the tables.
#[derive(Default)]
pub(super) struct Diagnoses {
    rows: Vec<Diagnostic>,
    counts: BTreeMap<DiagnosticCode, usize>,
    seen: HashSet<(DiagnosticCode, Option<String>, String)>,
    unsupported: BTreeMap<&'static str, (String, usize, &'static str)>,
}

impl Diagnoses {
    /// Reports something about a prim.
    pub(super) fn prim(&mut self, code: DiagnosticCode, prim_path: &str, message: impl Into<String>) {
        self.add(code, Some(prim_path), None, message.into());
    }

    /// Reports something about a file.
    pub(super) fn file(
        &mut self,
        code: DiagnosticCode,
        prim_path: Option<&str>,
        path: &str,
        message: impl Into<String>,
    ) {
        self.add(code, prim_path, Some(path), message.into());
    }

    /// Reports something about the whole stage.
    pub(super) fn stage(&mut self, code: DiagnosticCode, message: impl Into<String>) {
        self.add(code, None, None, message.into());
    }

    /// Valid USD that is not drawn as it should be: one row for each `feature`, with the first prim and a count.
    pub(super) fn unsupported(&mut self, feature: &'static str, prim_path: &str, consequence: &'static str) {
        self.unsupported.entry(feature).or_insert_with(|| (prim_path.to_owned(), 0, consequence)).1 += 1;
    }

    fn add(&mut self, code: DiagnosticCode, prim_path: Option<&str>, path: Option<&str>, message: String) {
        if !self.seen.insert((code, prim_path.or(path).map(str::to_owned), message.clone())) {
            return;
        }
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= MAX_PER_CODE {
            self.rows.push(Diagnostic {
                code,
                prim_path: prim_path.map(str::to_owned),
                path: path.map(str::to_owned),
                message,
            });
        }
    }

    /// Everything, in the order found; then what is not supported; then what was only counted.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        for (feature, (prim_path, count, consequence)) in std::mem::take(&mut self.unsupported) {
            let others = match count {
                1 => String::new(),
                2 => " (and 1 other prim)".to_owned(),
                n => format!(" (and {} other prims)", n - 1),
            };
            let message = format!("{feature} is not supported yet{others}: {consequence}");
            self.rows.push(Diagnostic {
                code: DiagnosticCode::Unsupported,
                prim_path: Some(prim_path),
                path: None,
                message,
            });
        }
        for (code, count) in std::mem::take(&mut self.counts) {
            if let Some(more @ 1..) = count.checked_sub(MAX_PER_CODE) {
                let message = format!("{more} more of the same kind are not listed");
                self.rows.push(Diagnostic { code, prim_path: None, path: None, message });
            }
        }
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_about_the_same_prim_are_told_once() {
        let mut diagnoses = Diagnoses::default();
        diagnoses.prim(DiagnosticCode::InvalidData, "/A", "bad");
        diagnoses.prim(DiagnosticCode::InvalidData, "/A", "bad");
        diagnoses.prim(DiagnosticCode::InvalidData, "/B", "bad");
        assert_eq!(diagnoses.finish().len(), 2);
    }

    #[test]
    fn a_feature_is_told_once_with_its_count() {
        let mut diagnoses = Diagnoses::default();
        for path in ["/A", "/B", "/C"] {
            diagnoses.unsupported("skinning", path, "the bind pose is shown");
        }
        let rows = diagnoses.finish();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].message.contains("2 other prims"), "{}", rows[0].message);
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let mut diagnoses = Diagnoses::default();
        for i in 0..MAX_PER_CODE + 7 {
            diagnoses.prim(DiagnosticCode::InvalidData, &format!("/P{i}"), "bad");
        }
        let rows = diagnoses.finish();
        assert_eq!(rows.len(), MAX_PER_CODE + 1);
        assert!(rows[MAX_PER_CODE].message.starts_with("7 more"));
    }
}
