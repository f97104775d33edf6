//! The addresses of the customer who has ten.

use serde_json::{Value, json};

const PLACES: [(&str, &str, &str, &str, &str); 10] = [
    ("Kirncher Str.", "7", "10247", "Berlin", "DE"),
    ("Große Bleichen", "21", "20354", "Hamburg", "DE"),
    ("Sendlinger Str.", "8", "80331", "München", "DE"),
    ("Hohe Str.", "52", "50667", "Köln", "DE"),
    ("Mariahilfer Str.", "77", "1060", "Wien", "AT"),
    ("Bahnhofstrasse", "3", "8001", "Zürich", "CH"),
    ("Rue de Rivoli", "144", "75001", "Paris", "FR"),
    ("Kalverstraat", "92", "1012 PH", "Amsterdam", "NL"),
    ("Strøget", "16", "1160", "København", "DK"),
    ("Nowy Świat", "35", "00-029", "Warszawa", "PL"),
];

/// Their attributes. The API makes the first one the default.
pub(super) fn of(first_name: &str) -> impl Iterator<Item = Value> {
    PLACES.into_iter().map(move |(address1, address2, zip_code, city, country)| {
        json!({
            "salutation": "Ms",
            "firstName": first_name,
            "lastName": "Berg",
            "address1": address1,
            "address2": address2,
            "zipCode": zip_code,
            "city": city,
            "iso2Code": country,
            "isDefaultShipping": false,
            "isDefaultBilling": false,
        })
    })
}
