// What every page of the site does besides what the theme does.

import { printable } from "./printable.mjs";
import { readable } from "./readable.mjs";
import { searchable } from "./searchable.mjs";

readable();
printable();
searchable();
