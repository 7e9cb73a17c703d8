/* global DOCUMENTATION_OPTIONS */
// The search shows the lines around what it found, for which it fetches pages; a page from a file cannot.

export function searchable() {
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
