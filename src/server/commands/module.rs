//! What a module must be before it is registered: of three functions it may import those it needs, and nothing else.
//!
//! The sandbox holds because the module *cannot name* anything else, so this is checked on its bytes, not on its manners.

use std::fmt;

use wasmparser::{ExternalKind, Parser, Payload, TypeRef, Validator};

/// The module name of every import.
const IMPORT_MODULE: &str = "frereth";
/// The three doors of a world.
const IMPORTS: [&str; 3] = ["emit", "log", "now_ms"];
/// What the host calls.
const EXPORTS: [(&str, ExternalKind); 4] = [
    ("memory", ExternalKind::Memory),
    ("abi", ExternalKind::Func),
    ("alloc", ExternalKind::Func),
    ("receive", ExternalKind::Func),
];
/// 512 MiB in pages of 64 KiB.
const MEMORY_PAGES_MAX: u64 = 512 * 1024 * 1024 / 65_536;

/// Why a module is not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleError {
    /// The bytes are not valid WebAssembly.
    Invalid(String),
    /// It imports something beside the three functions.
    Import {
        /// The module it is imported from.
        module: String,
        /// Its name there.
        name: String,
    },
    /// It does not declare exactly one memory of its own with a maximum that is small enough.
    Memory {
        /// The declared maximum in pages of 64 KiB, if any.
        maximum_pages: Option<u64>,
    },
    /// It runs code before it is asked to.
    Start,
    /// It does not export what the host calls.
    ExportMissing(&'static str),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) => write!(f, "not valid WebAssembly: {why}"),
            Self::Import { module, name } => {
                write!(
                    f,
                    "it imports {module}.{name}; a world may import only emit, log and now_ms from {IMPORT_MODULE}"
                )
            }
            Self::Memory { maximum_pages: Some(pages) } => {
                write!(f, "its memory may grow to {pages} pages; at most {MEMORY_PAGES_MAX} are allowed")
            }
            Self::Memory { maximum_pages: None } => f.write_str("it does not declare one memory with a maximum"),
            Self::Start => f.write_str("it has a start section"),
            Self::ExportMissing(name) => write!(f, "it does not export {name}"),
        }
    }
}

impl std::error::Error for ModuleError {}

/// Checks that `bytes` are a module that may run as a world.
///
/// # Errors
/// The first rule that the module breaks.
pub fn check_module(bytes: &[u8]) -> Result<(), ModuleError> {
    Validator::new().validate_all(bytes).map_err(invalid)?;
    let mut exported = [false; EXPORTS.len()];
    let mut memories = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(invalid)?;
                    let is_door = import.module == IMPORT_MODULE && IMPORTS.contains(&import.name);
                    if !is_door || !matches!(import.ty, TypeRef::Func(_)) {
                        return Err(ModuleError::Import { module: import.module.into(), name: import.name.into() });
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    memories.push(memory.map_err(invalid)?.maximum);
                }
            }
            Payload::StartSection { .. } => return Err(ModuleError::Start),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(invalid)?;
                    if let Some(index) =
                        EXPORTS.iter().position(|(name, kind)| *name == export.name && *kind == export.kind)
                    {
                        exported[index] = true;
                    }
                }
            }
            _ => {}
        }
    }
    match memories[..] {
        [Some(pages)] if pages <= MEMORY_PAGES_MAX => {}
        [maximum_pages] => return Err(ModuleError::Memory { maximum_pages }),
        _ => return Err(ModuleError::Memory { maximum_pages: None }),
    }
    match exported.iter().position(|found| !found) {
        Some(missing) => Err(ModuleError::ExportMissing(EXPORTS[missing].0)),
        None => Ok(()),
    }
}

fn invalid(error: wasmparser::BinaryReaderError) -> ModuleError {
    ModuleError::Invalid(error.message().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"(module
        (import "frereth" "emit" (func (param i32 i32)))
        (import "frereth" "log" (func (param i32 i32)))
        (import "frereth" "now_ms" (func (result f64)))
        (memory (export "memory") 1 8192)
        (func (export "abi") (result i32) i32.const 1)
        (func (export "alloc") (param i32) (result i32) i32.const 0)
        (func (export "receive") (param i32 i32)))"#;

    fn verdict(text: &str) -> Result<(), ModuleError> {
        check_module(&wat::parse_str(text).expect("the test's own text is right"))
    }

    #[test]
    fn a_module_with_the_three_doors_or_fewer_is_accepted() {
        assert_eq!(verdict(GOOD), Ok(()));
        assert_eq!(verdict(&GOOD.replace(r#"(import "frereth" "now_ms" (func (result f64)))"#, "")), Ok(()));
    }

    #[test]
    fn each_broken_rule_is_named() {
        let cases = [
            (
                GOOD.replace("\"now_ms\"", "\"fetch\""),
                ModuleError::Import { module: "frereth".into(), name: "fetch".into() },
            ),
            (
                GOOD.replacen("\"frereth\" \"log\"", "\"env\" \"log\"", 1),
                ModuleError::Import { module: "env".into(), name: "log".into() },
            ),
            (
                GOOD.replace(
                    r#"(import "frereth" "log" (func (param i32 i32)))"#,
                    r#"(import "frereth" "log" (global i32))"#,
                ),
                ModuleError::Import { module: "frereth".into(), name: "log".into() },
            ),
            (GOOD.replace("1 8192", "1 8193"), ModuleError::Memory { maximum_pages: Some(8193) }),
            (GOOD.replace("1 8192", "1"), ModuleError::Memory { maximum_pages: None }),
            (GOOD.replace("(func (export \"abi\")", "(func (export \"other\")"), ModuleError::ExportMissing("abi")),
            (GOOD.replace("(memory (export", "(func $begin) (start $begin) (memory (export"), ModuleError::Start),
        ];
        for (text, expected) in cases {
            assert_eq!(verdict(&text), Err(expected), "{text}");
        }
        assert!(matches!(check_module(b"\0asm"), Err(ModuleError::Invalid(_))));
    }
}
