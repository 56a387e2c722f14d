"""What every page is drawn with: template tags and the company theme. Knows no app."""
