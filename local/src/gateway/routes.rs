//! Which route answers a request: API Gateway's rules for static segments, `{parameter}` and `{proxy+}`.

/// All routes of the API, each with its target.
#[derive(Debug)]
pub(crate) struct Routes<T> {
    /// The most specific first.
    routes: Vec<Route<T>>,
}

#[derive(Debug)]
pub(crate) struct Route<T> {
    /// As the template spells it, such as `/customers/{customerReference}`.
    pub(crate) resource: String,
    pub(crate) target: T,
    segments: Vec<Segment>,
    /// `None` is `ANY`.
    method: Option<String>,
}

/// From the most to the least specific.
#[derive(Debug)]
enum Segment {
    Static(String),
    Parameter(String),
    /// `{name+}`: the rest of the path, at least one character.
    Greedy(String),
}

/// A route and the values of its path parameters, as they appear in the path.
#[derive(Debug)]
pub(crate) struct Match<'r, 'p, T> {
    pub(crate) route: &'r Route<T>,
    pub(crate) parameters: Vec<(&'r str, &'p str)>,
}

impl<T> Routes<T> {
    /// From paths and methods in the template's spelling.
    pub(crate) fn new(routes: impl IntoIterator<Item = (String, String, T)>) -> Routes<T> {
        let mut routes: Vec<Route<T>> = routes
            .into_iter()
            .map(|(resource, method, target)| Route {
                segments: split(&resource).map(segment).collect(),
                method: (!method.eq_ignore_ascii_case("any")).then(|| method.to_ascii_uppercase()),
                resource,
                target,
            })
            .collect();
        routes.sort_by(|a, b| kinds(a).cmp(kinds(b)).then(a.method.is_none().cmp(&b.method.is_none())));
        Routes { routes }
    }

    /// The most specific route for both path and method. A trailing slash makes no difference.
    pub(crate) fn find<'r, 'p>(&'r self, method: &str, path: &'p str) -> Option<Match<'r, 'p, T>> {
        self.routes
            .iter()
            .filter(|route| route.method.as_deref().is_none_or(|own| own == method))
            .find_map(|route| Some(Match { parameters: route.parameters(path)?, route }))
    }
}

impl<T> Route<T> {
    /// The path parameters if the path matches this route.
    fn parameters<'p>(&self, path: &'p str) -> Option<Vec<(&str, &'p str)>> {
        let mut parameters = Vec::new();
        let mut rest = split(path);
        for segment in &self.segments {
            match segment {
                Segment::Greedy(name) => {
                    let rest = rest.remainder().filter(|rest| !rest.is_empty())?;
                    parameters.push((name.as_str(), rest));
                    return Some(parameters);
                }
                Segment::Static(own) => {
                    rest.next().filter(|given| given == own)?;
                }
                Segment::Parameter(name) => {
                    parameters.push((name.as_str(), rest.next().filter(|given| !given.is_empty())?));
                }
            }
        }
        rest.next().is_none().then_some(parameters)
    }
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        None => Segment::Static(text.to_owned()),
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name.to_owned()),
            None => Segment::Parameter(name.to_owned()),
        },
    }
}

fn kinds<T>(route: &Route<T>) -> impl Iterator<Item = u8> {
    route.segments.iter().map(|segment| match segment {
        Segment::Static(_) => 0,
        Segment::Parameter(_) => 1,
        Segment::Greedy(_) => 2,
    })
}

/// A path's segments: none for `/`; a single trailing slash is ignored.
fn split(path: &str) -> Segments<'_> {
    let path = path.strip_prefix('/').unwrap_or(path);
    Segments((!path.is_empty()).then_some(path))
}

struct Segments<'p>(Option<&'p str>);

impl<'p> Segments<'p> {
    fn remainder(&self) -> Option<&'p str> {
        self.0
    }
}

impl<'p> Iterator for Segments<'p> {
    type Item = &'p str;

    fn next(&mut self) -> Option<&'p str> {
        let path = self.0.take()?;
        let Some((first, rest)) = path.split_once('/') else { return Some(path) };
        self.0 = (!rest.is_empty()).then_some(rest);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes<()> {
        Routes::new(
            [
                ("/{proxy+}", "any"),
                ("/", "ANY"),
                ("/customers", "POST"),
                ("/customers", "GET"),
                ("/customers/{customerReference}", "PATCH"),
                ("/customers/{customerReference}/addresses", "GET"),
                ("/refresh-tokens/{refreshToken}", "DELETE"),
                ("/refresh-tokens/mine", "DELETE"),
                ("/customer-password", "PATCH"),
            ]
            .map(|(path, method)| (path.to_owned(), method.to_owned(), ())),
        )
    }

    fn found(method: &str, path: &str) -> (String, Vec<String>) {
        let routes = routes();
        let found = routes.find(method, path).expect("the catch-all matches everything");
        let values = found.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (found.route.resource.clone(), values)
    }

    #[test]
    fn the_most_specific_route_with_the_method_answers() {
        for (method, path, resource, parameters) in [
            ("GET", "/customers", "/customers", vec![]),
            ("DELETE", "/customers", "/{proxy+}", vec!["proxy=customers"]),
            ("HEAD", "/customers", "/{proxy+}", vec!["proxy=customers"]),
            ("get", "/customers", "/{proxy+}", vec!["proxy=customers"]),
            ("PATCH", "/customers/DE--1", "/customers/{customerReference}", vec!["customerReference=DE--1"]),
            ("DELETE", "/refresh-tokens/mine", "/refresh-tokens/mine", vec![]),
            ("DELETE", "/refresh-tokens/x", "/refresh-tokens/{refreshToken}", vec!["refreshToken=x"]),
            ("GET", "/", "/", vec![]),
            ("GET", "/a/b//c", "/{proxy+}", vec!["proxy=a/b//c"]),
        ] {
            assert_eq!(
                found(method, path),
                (resource.to_owned(), parameters.into_iter().map(str::to_owned).collect()),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_trailing_slash_finds_the_route_without_it() {
        assert_eq!(found("GET", "/customers/").0, "/customers");
        assert_eq!(found("PATCH", "/customer-password/").0, "/customer-password");
        assert_eq!(found("GET", "/customers/DE--1/addresses/").0, "/customers/{customerReference}/addresses");
    }

    #[test]
    fn a_parameter_is_never_empty() {
        assert_eq!(found("GET", "/customers//addresses").0, "/{proxy+}");
        assert_eq!(found("PATCH", "/customers/").0, "/{proxy+}");
        assert_eq!(found("PATCH", "/customers//").0, "/{proxy+}");
        assert_eq!(found("GET", "//").0, "/{proxy+}");
    }

    #[test]
    fn an_api_without_a_catch_all_has_unknown_paths() {
        let routes = Routes::new([("/customers".to_owned(), "GET".to_owned(), ())]);
        assert!(routes.find("GET", "/customer").is_none());
        assert!(routes.find("POST", "/customers").is_none());
    }
}
