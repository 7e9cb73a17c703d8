// What every page of the site does besides what the theme does.

import { notes } from "./notes.mjs";
import { printable } from "./printable.mjs";
import { readable } from "./readable.mjs";
import { searchable } from "./searchable.mjs";

readable();
printable();
searchable();
notes();
