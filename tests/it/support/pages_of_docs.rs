//! Commands that the README and the pages under `docs/` show in a shell.

/// A command with what it is said to print.
#[derive(Debug)]
pub struct Shown {
    pub command: String,
    pub output: String,
}

/// The fenced blocks of a page: their mark and their lines.
pub fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in page.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, lines)), None) => lines.push(line),
            (None, Some(mark)) => open = Some((mark, Vec::new())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "every block ends");
    blocks
}

/// The commands that a page shows in a shell, in its order.
pub fn shown(page: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for (_, lines) in blocks(page).into_iter().filter(|(mark, _)| *mark == "console") {
        for line in lines {
            if let Some(command) = line.strip_prefix("$ ") {
                all.push(Shown { command: command.to_owned(), output: String::new() });
                continue;
            }
            let last = all.last_mut().expect("a block begins with a command");
            match line.strip_prefix("> ") {
                Some(more) if last.output.is_empty() => last.command.extend(["\n", more]),
                _ => last.output.extend([line, "\n"]),
            }
        }
    }
    all
}
