//! Many calls of one script in one round trip, between which Redis serves others.

use redis::{Pipeline, Script, ScriptInvocation};

/// These calls of `script`, one after the other; the answers come in the same order.
pub fn pipelined<'a>(script: &Script, calls: impl IntoIterator<Item = ScriptInvocation<'a>>) -> Pipeline {
    let mut pipeline = Pipeline::new();
    pipeline.load_script(script).ignore();
    for call in calls {
        pipeline.invoke_script(&call);
    }
    pipeline
}
