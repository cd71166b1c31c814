//! Pictures asked for once each; a checker stands in for what cannot be shown.

use std::collections::HashMap;

use openusd::sdf::AssetPath;

use super::diagnostics::Diagnoses;
use super::texture_source::{ColorSpace, TextureError, TextureRequest, TextureSource};
use crate::arena::{ArenaBuilder, Span};
use crate::tables::{DiagnosticCode, Texture, TextureId};

/// Edge of the checker in texels, and of one field.
const CHECKER: (u32, u32) = (64, 8);

/// Pictures loaded so far.
pub(super) struct Pictures<'s> {
    source: &'s mut dyn TextureSource,
    loaded: HashMap<(String, ColorSpace), Option<TextureId>>,
    checker: Option<Span<[u8; 4]>>,
}

impl<'s> Pictures<'s> {
    pub(super) fn new(source: &'s mut dyn TextureSource) -> Self {
        Self { source, loaded: HashMap::new(), checker: None }
    }

    /// The row of `asset`, or of a checker in its place. `prim_path` is told if it is missing.
    pub(super) fn load(
        &mut self,
        asset: &AssetPath,
        color_space: ColorSpace,
        prim_path: &str,
        textures: &mut Vec<Texture>,
        arena: &mut ArenaBuilder,
        diagnoses: &mut Diagnoses,
    ) -> TextureId {
        match self.try_load(asset, color_space, prim_path, textures, arena, diagnoses) {
            Some(id) => id,
            None => {
                let texels = *self.checker.get_or_insert_with(|| arena.push(&checker()));
                textures.push(Texture {
                    path: asset.asset_path().to_owned(),
                    size: [CHECKER.0; 2],
                    texels,
                    srgb: true,
                    scale: 1.0,
                });
                let id = (textures.len() - 1) as TextureId;
                self.loaded.insert(key(asset, color_space), Some(id));
                id
            }
        }
    }

    /// The row of `asset`; `None` (told) if it cannot be shown.
    pub(super) fn try_load(
        &mut self,
        asset: &AssetPath,
        color_space: ColorSpace,
        prim_path: &str,
        textures: &mut Vec<Texture>,
        arena: &mut ArenaBuilder,
        diagnoses: &mut Diagnoses,
    ) -> Option<TextureId> {
        let key = key(asset, color_space);
        if let Some(known) = self.loaded.get(&key) {
            return *known;
        }
        let authored = asset.asset_path();
        let resolved = asset.resolved_path().filter(|path| !path.is_empty());
        let result = if authored.contains("<UDIM>") {
            Err(TextureError::Unsupported { path: authored.to_owned(), format: "UDIM".to_owned() })
        } else {
            self.source.load(&TextureRequest { authored, resolved, color_space })
        };
        let id = match result {
            Ok(picture) if is_whole(&picture.texels, picture.size) => {
                let texels = arena.push(&picture.texels);
                let (path, size, srgb, scale) = (picture.path, picture.size, picture.srgb, picture.scale);
                textures.push(Texture { path, size, texels, srgb, scale });
                Some((textures.len() - 1) as TextureId)
            }
            Ok(picture) => {
                let message = "the decoder returned a picture without its pixels";
                diagnoses.file(DiagnosticCode::MissingTexture, Some(prim_path), &picture.path, message);
                None
            }
            Err(error) => {
                let (code, path) = match &error {
                    TextureError::Missing { path } => (DiagnosticCode::MissingTexture, path),
                    TextureError::Broken { path, .. } => (DiagnosticCode::MissingTexture, path),
                    TextureError::OutsideRoots { path } => (DiagnosticCode::OutsideRoots, path),
                    TextureError::Unsupported { path, .. } => (DiagnosticCode::Unsupported, path),
                    TextureError::TooLarge { path, .. } => (DiagnosticCode::Limit, path),
                };
                diagnoses.file(code, Some(prim_path), path, error.to_string());
                None
            }
        };
        self.loaded.insert(key, id);
        id
    }
}

fn key(asset: &AssetPath, color_space: ColorSpace) -> (String, ColorSpace) {
    (asset.resolved_path().unwrap_or(asset.asset_path()).to_owned(), color_space)
}

fn is_whole(texels: &[[u8; 4]], size: [u32; 2]) -> bool {
    let expected = u64::from(size[0]) * u64::from(size[1]);
    expected > 0 && texels.len() as u64 == expected
}

/// Magenta and dark grey: nothing else looks like it.
fn checker() -> Vec<[u8; 4]> {
    let (edge, field) = CHECKER;
    (0..edge * edge)
        .map(|i| {
            let is_light = (i % edge / field + i / edge / field) % 2 == 0;
            if is_light { [230, 30, 200, 255] } else { [40, 40, 40, 255] }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::texture_source::{LoadedTexture, NoTextures};

    struct Counting(usize);
    impl TextureSource for Counting {
        fn load(&mut self, request: &TextureRequest<'_>) -> Result<LoadedTexture, TextureError> {
            self.0 += 1;
            Ok(LoadedTexture {
                path: request.authored.to_owned(),
                size: [1, 1],
                texels: vec![[1, 2, 3, 4]],
                srgb: true,
                scale: 1.0,
            })
        }
    }

    #[test]
    fn a_picture_is_loaded_once_and_a_missing_one_is_a_checker_with_a_diagnostic() {
        let (mut textures, mut arena) = (Vec::new(), ArenaBuilder::default());
        let mut diagnoses = Diagnoses::default();
        let asset = AssetPath::with_resolved_path("./a.png", "/x/a.png");
        let mut counting = Counting(0);
        let mut pictures = Pictures::new(&mut counting);
        for _ in 0..2 {
            let id = pictures.load(&asset, ColorSpace::Auto, "/M", &mut textures, &mut arena, &mut diagnoses);
            assert_eq!(id, 0);
        }
        assert_eq!(counting.0, 1);
        let mut none = NoTextures;
        let mut pictures = Pictures::new(&mut none);
        for _ in 0..2 {
            let id = pictures.load(&asset, ColorSpace::Auto, "/M", &mut textures, &mut arena, &mut diagnoses);
            assert_eq!(id, 1);
        }
        assert_eq!(textures[1].size, [64, 64]);
        let rows = diagnoses.finish();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].code, DiagnosticCode::MissingTexture);
        assert_eq!(rows[0].path.as_deref(), Some("/x/a.png"));
    }
}
