//! Turns the compiled page into what a browser loads: `split-wasm INPUT.wasm FOLDER NAME`.
//!
//! Splits the module at each lazily loaded page (`__wasm_split.….js`, `chunk_….wasm`, `split_….wasm` and the manifest that says
//! which page needs which of them), then generates the JavaScript that connects the main module with the browser (`NAME.js`,
//! `NAME.wasm`). Both steps are the libraries that `cargo-leptos` and `wasm-bindgen` are made of; building those two programs as
//! well would take a bare machine seven minutes more.

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;
use wasm_encoder::{Module, RawSection, SectionId};
use wasmparser::Parser;

/// Stands in the modules for the hash that `build-page.mjs` puts into the file's name: 22 characters, because their places in a
/// module are counted.
const LINK_NAME: &str = "./__wasm_split.______________________.js";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, folder, name] = arguments.as_slice() else {
        return Err(anyhow!("usage: split-wasm INPUT.wasm FOLDER NAME"));
    };
    let folder = Path::new(folder);
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let main_module = folder.join(format!("{name}.unbound.wasm"));
    split(Path::new(input), folder, &main_module, name)?;
    bind(&main_module, folder, name)?;
    fs::remove_file(&main_module)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            fs::write(&path, without_custom_sections(&fs::read(&path)?)?)?;
        }
    }
    Ok(())
}

/// Writes the main module without the code of lazily loaded pages, one module for each of those, and their manifest.
fn split(input: &Path, folder: &Path, main_module: &Path, name: &str) -> Result<()> {
    let bytes = fs::read(input).with_context(|| format!("{} cannot be read", input.display()))?;
    let main_script = format!("./{name}.js");
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = folder;
    options.main_out_path = main_module;
    options.main_module = &main_script;
    options.link_name = LINK_NAME;
    let split = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("not split: {error:#}"))?;
    fs::write(folder.join("__wasm_split_manifest.json"), serde_json::to_vec(&split.prefetch_map)?)?;
    Ok(())
}

/// Writes the JavaScript that loads the main module, and the module as that JavaScript expects it.
fn bind(main_module: &Path, folder: &Path, name: &str) -> Result<()> {
    Bindgen::new()
        .input_path(main_module)
        .out_name(name)
        .web(true)?
        .typescript(false)
        // The split modules import what the main one exports, by the names that the linker gave.
        .keep_lld_exports(true)
        .demangle(false)
        .generate(folder)?;
    // Leptos names the module without wasm-bindgen's suffix.
    fs::rename(folder.join(format!("{name}_bg.wasm")), folder.join(format!("{name}.wasm")))?;
    Ok(())
}

/// The same module without its custom sections: half of its bytes are names that only a debugger reads.
fn without_custom_sections(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Some((id, range)) = payload?.as_section().filter(|(id, _)| *id != SectionId::Custom as u8) {
            let data = &bytes[usize::try_from(range.start)?..usize::try_from(range.end)?];
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}
