"""System checks that refuse bad settings."""
