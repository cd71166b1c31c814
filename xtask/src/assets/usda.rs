//! Writes layers as text: prims with metadata, properties and children, in the order given, the same bytes every time.

use std::fmt::Write;

use super::mesh::Mesh;

/// A prim to be written.
#[derive(Clone, Debug, Default)]
pub struct Prim {
    /// `def Mesh "Name"`, `over "Name"`, `class "Name"`.
    head: String,
    metadata: Vec<String>,
    properties: Vec<String>,
    children: Vec<Prim>,
    /// Variant sets: name, then each variant with what it says.
    variants: Vec<(String, Vec<(String, Prim)>)>,
}

impl Prim {
    /// Defines a prim of this type; an empty type is a plain `def`.
    pub fn def(kind: &str, name: &str) -> Self {
        let space = if kind.is_empty() { "" } else { " " };
        Self { head: format!("def{space}{kind} \"{name}\""), ..Self::default() }
    }

    /// Says something more about a prim that another layer defines.
    pub fn over(name: &str) -> Self {
        Self { head: format!("over \"{name}\""), ..Self::default() }
    }

    /// Something to inherit from, never drawn itself.
    pub fn class(name: &str) -> Self {
        Self { head: format!("class Xform \"{name}\""), ..Self::default() }
    }

    /// A part from a layer of its own, once or (with `instanceable`) shared.
    pub fn part(name: &str, layer: &str, prim: &str) -> Self {
        Self::def("Xform", name).meta(format!("prepend references = @./{layer}@</{prim}>"))
    }

    /// Adds metadata.
    pub fn meta(mut self, line: impl Into<String>) -> Self {
        self.metadata.push(line.into());
        self
    }

    /// Adds a property.
    pub fn prop(mut self, line: impl Into<String>) -> Self {
        self.properties.push(line.into());
        self
    }

    /// Adds a child.
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Adds children.
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// How many children it has so far.
    pub fn child_count(&self) -> usize {
        self.children.len()
    }

    /// Adds a variant set.
    pub fn variants(mut self, set: &str, variants: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let variants = variants.into_iter().map(|(name, prim)| (name.to_owned(), prim)).collect();
        self.variants.push((set.to_owned(), variants));
        self
    }

    /// Places the prim: translation in metres, then turns about X, Y and Z in degrees.
    pub fn at(self, translate: [f64; 3], rotate: [f64; 3]) -> Self {
        let ops: &str = match (translate == [0.0; 3], rotate == [0.0; 3]) {
            (true, true) => return self,
            (false, true) => "\"xformOp:translate\"",
            (true, false) => "\"xformOp:rotateXYZ\"",
            (false, false) => "\"xformOp:translate\", \"xformOp:rotateXYZ\"",
        };
        let mut prim = self;
        if translate != [0.0; 3] {
            prim = prim.prop(format!("double3 xformOp:translate = {}", tuple(&translate, 4)));
        }
        if rotate != [0.0; 3] {
            prim = prim.prop(format!("float3 xformOp:rotateXYZ = {}", tuple(&rotate, 3)));
        }
        prim.prop(format!("uniform token[] xformOpOrder = [{ops}]"))
    }

    /// Binds the material at `path`.
    pub fn look(self, path: &str) -> Self {
        self.meta("prepend apiSchemas = [\"MaterialBindingAPI\"]")
            .prop(format!("rel material:binding = <{path}>"))
    }

    fn write(&self, out: &mut String, depth: usize) {
        let pad = "    ".repeat(depth);
        let _ = write!(out, "{pad}{}", self.head);
        let sets: Vec<_> = self.variants.iter().map(|(set, _)| format!("\"{set}\"")).collect();
        let mut metadata = self.metadata.clone();
        if !sets.is_empty() {
            metadata.push(format!("prepend variantSets = [{}]", sets.join(", ")));
        }
        if !metadata.is_empty() {
            let _ = write!(out, " (");
            for line in &metadata {
                let _ = write!(out, "\n{pad}    {line}");
            }
            let _ = write!(out, "\n{pad})");
        }
        let _ = writeln!(out, "\n{pad}{{");
        self.write_inside(out, depth + 1);
        let _ = writeln!(out, "{pad}}}");
    }

    fn write_inside(&self, out: &mut String, depth: usize) {
        let pad = "    ".repeat(depth);
        for property in &self.properties {
            let _ = writeln!(out, "{pad}{property}");
        }
        let mut is_first = self.properties.is_empty();
        for child in &self.children {
            if !std::mem::take(&mut is_first) {
                out.push('\n');
            }
            child.write(out, depth);
        }
        for (set, variants) in &self.variants {
            let _ = writeln!(out, "\n{pad}variantSet \"{set}\" = {{");
            for (name, prim) in variants {
                let _ = writeln!(out, "{pad}    \"{name}\" {{");
                prim.write_inside(out, depth + 2);
                let _ = writeln!(out, "{pad}    }}");
            }
            let _ = writeln!(out, "{pad}}}");
        }
    }
}

/// A whole layer. `metadata` are lines of the layer's own, beyond its default prim and units.
pub fn layer(default_prim: &str, metadata: &[String], prims: &[Prim]) -> String {
    let mut out = String::from("#usda 1.0\n(\n");
    let _ = writeln!(out, "    defaultPrim = \"{default_prim}\"");
    for line in metadata {
        let _ = writeln!(out, "    {line}");
    }
    out.push_str("    metersPerUnit = 1\n    upAxis = \"Z\"\n)\n");
    for prim in prims {
        out.push('\n');
        prim.write(&mut out, 0);
    }
    out
}

/// A mesh prim with its normals, bound to the material `look` of its part, with texture coordinates if that needs them.
pub fn mesh(name: &str, part: &str, shape: &Mesh, look: &str) -> Prim {
    let prim = bare_mesh(name, shape, super::looks::is_textured(look));
    prim.look(&format!("/{part}/Looks/{look}"))
}

/// A mesh prim without a material.
pub fn bare_mesh(name: &str, mesh: &Mesh, has_st: bool) -> Prim {
    let corners = || mesh.faces.iter().flatten();
    let tuples = |values: &[[f64; 3]], decimals| list(values.iter().map(|value| tuple(value, decimals)));
    let extent = mesh.extent();
    let normals = match mesh.point_normals() {
        Some(normals) => format!("{} (interpolation = \"vertex\")", tuples(&normals, 3)),
        None => format!("{} (interpolation = \"faceVarying\")", tuples(&mesh.normals(), 3)),
    };
    let prim = Prim::def("Mesh", name)
        .prop(format!("float3[] extent = {}", tuples(&extent, 4)))
        .prop(format!(
            "int[] faceVertexCounts = {}",
            list(mesh.faces.iter().map(|face| face.len().to_string()))
        ))
        .prop(format!("int[] faceVertexIndices = {}", list(corners().map(|corner| corner.point.to_string()))))
        .prop(format!("normal3f[] normals = {normals}"))
        .prop(format!("point3f[] points = {}", tuples(&mesh.points, 4)));
    let prim = if has_st {
        let st = list(corners().map(|corner| tuple(&corner.st, 4)));
        prim.prop(format!("texCoord2f[] primvars:st = {st} (interpolation = \"faceVarying\")"))
    } else {
        prim
    };
    prim.prop("uniform token subdivisionScheme = \"none\"")
}

/// `(1, 2.5, 0)` with at most so many decimals.
pub fn tuple(values: &[f64], decimals: usize) -> String {
    let values: Vec<_> = values.iter().map(|value| number(*value, decimals)).collect();
    format!("({})", values.join(", "))
}

/// `[a, b, c]`.
pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A decimal number without trailing zeros or a negative zero.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_one_zero() {
        assert_eq!(number(-0.000_01, 3), "0");
        assert_eq!(number(1.50, 4), "1.5");
        assert_eq!(number(120.0, 0), "120");
        assert_eq!(number(100.0, 3), "100");
    }

    #[test]
    fn a_prim_is_written_with_its_parts_in_order() {
        let prim = Prim::def("Xform", "A").meta("kind = \"group\"").prop("int a = 1").child(Prim::over("B"));
        let text = layer("A", &[], &[prim]);
        let expected = "def Xform \"A\" (\n    kind = \"group\"\n)\n{\n    int a = 1\n\n    over \"B\"\n    {\n    }\n}\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
