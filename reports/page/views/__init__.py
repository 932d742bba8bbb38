"""What each section of the page shows, made of the report's files: numbers, words and marks, and no markup."""
