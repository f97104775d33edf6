//! The project's own files: template, events, sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The project's top folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is in the project")
}

/// Reads one of the project's files.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The entries of a folder of the project, sorted.
pub(crate) fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("names are text")
}

/// The crates under `functions/`.
pub(crate) fn functions() -> BTreeSet<String> {
    entries("functions").iter().map(|path| name(path).to_owned()).collect()
}

/// `template.yaml` without CloudFormation's tags: `!Ref Table` reads as `Table`, `!GetAtt Table.Arn` as `Table.Arn`.
pub(crate) struct Template(Value);

/// One way into a function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) public: bool,
    /// Whether its callers sign with AWS's credentials.
    pub(crate) signed: bool,
    /// The resource's name.
    pub(crate) function: String,
}

impl Template {
    pub(crate) fn read() -> Template {
        Template(serde_saphyr::from_str(&read("template.yaml")).expect("template.yaml is YAML"))
    }

    #[track_caller]
    pub(crate) fn resource(&self, name: &str) -> &Value {
        self.0["Resources"].get(name).unwrap_or_else(|| panic!("no resource {name}"))
    }

    /// The types of all resources.
    pub(crate) fn kinds(&self) -> BTreeSet<&str> {
        let all = self.0["Resources"].as_object().expect("resources").values();
        all.filter_map(|resource| resource["Type"].as_str()).collect()
    }

    /// The names of all resources of a type.
    pub(crate) fn resources(&self, kind: &str) -> Vec<&str> {
        let all = self.0["Resources"].as_object().expect("resources").iter();
        all.filter(|(_, resource)| resource["Type"] == kind).map(|(name, _)| name.as_str()).collect()
    }

    /// The names of all parameters.
    pub(crate) fn parameters(&self) -> Vec<&str> {
        self.0["Parameters"].as_object().expect("parameters").keys().map(String::as_str).collect()
    }

    /// A parameter's declaration.
    #[track_caller]
    pub(crate) fn parameter(&self, name: &str) -> &Value {
        self.0["Parameters"].get(name).unwrap_or_else(|| panic!("no parameter {name}"))
    }

    /// The variables of all functions, with the parameter of each that is one's value or joins its entries.
    pub(crate) fn variables_with_parameter(&self) -> Vec<(&str, &str)> {
        let variables = self.0["Globals"]["Function"]["Environment"]["Variables"].as_object();
        let parameter = |value: &Value| {
            let name = value.get(1).unwrap_or(value).as_str()?;
            self.0["Parameters"].as_object()?.get_key_value(name).map(|(name, _)| name.as_str())
        };
        variables
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), parameter(value)?)))
            .collect()
    }

    /// The names of all functions.
    pub(crate) fn functions(&self) -> Vec<&str> {
        self.resources("AWS::Serverless::Function")
    }

    /// The crate that a function is built from.
    #[track_caller]
    pub(crate) fn binary(&self, function: &str) -> &str {
        let binary = &self.resource(function)["Metadata"]["BuildProperties"]["Binary"];
        binary.as_str().unwrap_or_else(|| panic!("{function} has no binary"))
    }

    /// A function's memory in megabytes.
    pub(crate) fn memory(&self, function: &str) -> u64 {
        let own = self.resource(function)["Properties"].get("MemorySize");
        let memory = own.unwrap_or(&self.0["Globals"]["Function"]["MemorySize"]);
        memory.as_u64().expect("a size")
    }

    pub(crate) fn routes(&self) -> Vec<Route> {
        let routes = self.functions().into_iter().flat_map(|function| self.routes_of(function));
        let mut routes: Vec<_> = routes.collect();
        routes.sort();
        routes
    }

    fn routes_of(&self, function: &str) -> Vec<Route> {
        let events = self.resource(function)["Properties"]["Events"].as_object().into_iter().flatten();
        let route = |properties: &Value| Route {
            method: properties["Method"].as_str().expect("a method").to_owned(),
            path: properties["Path"].as_str().expect("a path").to_owned(),
            public: properties["Auth"]["Authorizer"] == "NONE",
            signed: properties["Auth"]["Authorizer"] == "AWS_IAM",
            function: function.to_owned(),
        };
        let api = events.filter(|(_, event)| event["Type"] == "Api");
        api.map(|(_, event)| route(&event["Properties"])).collect()
    }
}
