//! Reading a list page by page, to its end and no further.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::server::core_banking::wire::{PAGE_SIZE, PageHeader};
use crate::server::metrics::Malformation;

/// The most pages of any list.
const MOST_PAGES: u64 = 100_000;

/// How many pages a list may have beyond twice what it says to hold: it may grow while it is read.
const SPARE_PAGES: u64 = 10;

/// Where in a list the reading is. Each page is turned once; a list that leads back or never ends is given up.
#[derive(Debug, Default)]
pub struct Reading {
    page_token: Option<String>,
    /// The hashes of the tokens that were followed: a token may be long, and a list too.
    followed: HashSet<u64>,
    pages: u64,
}

impl Reading {
    /// What to ask the next page with; `None` asks for the first one.
    pub fn page_token(&self) -> Option<&str> {
        self.page_token.as_deref()
    }

    /// Goes on to the page after the one with this header; false if that was the last one.
    pub fn turn(&mut self, header: &PageHeader) -> Result<bool, Malformation> {
        self.pages += 1;
        let Some(token) = &header.page_token else { return Ok(false) };
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        if !self.followed.insert(hasher.finish()) {
            return Err(Malformation::RepeatedPage);
        }
        let stated = header.total_size.div_ceil(PAGE_SIZE as u64);
        if self.pages >= stated.saturating_mul(2).saturating_add(SPARE_PAGES).min(MOST_PAGES) {
            return Err(Malformation::EndlessList);
        }
        self.page_token = Some(token.clone());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(total_size: u64, token: &str) -> PageHeader {
        PageHeader { total_size, page_start: 1, page_token: Some(token.to_owned()) }
    }

    #[test]
    fn a_list_is_read_from_its_first_page_to_its_last() {
        let mut reading = Reading::default();
        assert_eq!(reading.page_token(), None);
        assert_eq!(reading.turn(&header(250, "b")), Ok(true));
        assert_eq!(reading.page_token(), Some("b"));
        assert_eq!(reading.turn(&header(250, "c")), Ok(true));
        assert_eq!(reading.turn(&PageHeader { page_token: None, ..header(250, "") }), Ok(false));
    }

    #[test]
    fn a_page_that_leads_back_ends_the_reading() {
        let mut reading = Reading::default();
        for token in ["b", "c", "d"] {
            assert_eq!(reading.turn(&header(1_000, token)), Ok(true));
        }
        assert_eq!(reading.turn(&header(1_000, "b")), Err(Malformation::RepeatedPage));
    }

    #[test]
    fn a_list_that_goes_on_beyond_what_it_holds_is_given_up() {
        let pages_of = |total_size| {
            let mut reading = Reading::default();
            (0_u64..).find(|page| reading.turn(&header(total_size, &page.to_string())).is_err()).expect("an end")
        };
        // What it says, twice that, and ten; whatever it says, there is a bound.
        assert_eq!([0, 1, 100, 101, 5_000].map(pages_of), [9, 11, 11, 13, 109]);
        assert_eq!(pages_of(u64::MAX), MOST_PAGES - 1);
    }
}
