//! How the copies of a program are told apart, in the log and where they speak for a service.

use uuid::Uuid;

/// A random name for one copy: what it is, the number of its process, and what no other process of that number ever
/// had, such as `web-4711-9f3c2a1b`.
pub fn name(what: &str) -> String {
    let random: String = Uuid::now_v7().simple().to_string().chars().skip(24).collect();
    format!("{what}-{}-{random}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_names_and_is_never_given_twice() {
        let (one, other) = (name("web"), name("web"));
        assert!(one.starts_with(&format!("web-{}-", std::process::id())), "{one}");
        assert_ne!(one, other);
    }
}
